package io.saenative.cli;

import io.saenative.analysis.SaeAnalysis;
import io.saenative.data.Activations;
import io.saenative.run.LoadedSae;
import io.saenative.run.ResultFiles;
import io.saenative.run.RunFolder.Kind;
import io.saenative.run.TrainedSae;
import io.saenative.sae.Dataset;
import io.saenative.sae.Engine;
import io.saenative.sae.Session;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Analyses the latents of one trained SAE. */
@Command(
    name = "analyze",
    customSynopsis = "sae-native analyze --checkpoint FILE [--val-data FILE] [OPTION...]",
    description =
        "Measures how often each latent fires and what it is specialised for, by the published and"
            + " a sound rule.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sae-native analyze --checkpoint pos3_layer14_d512_k300.safetensors",
      "  sae-native analyze --checkpoint pos3_layer14_d512_k100.pt \\",
      "      --val-data val.pt --train-data train.pt",
      "  sae-native analyze --checkpoint sae.pt --val-data val.pt \\",
      "      --start-rank 50 --end-rank 200 --permutations 1000",
      "%nFormulas: docs/metrics.md. Files: docs/file-formats.md."
    })
final class AnalyzeCommand extends Task {
  @Mixin private CheckpointOptions checkpoint;

  @Section.Begins(Section.DATA)
  @Option(
      names = "--train-data",
      paramLabel = "FILE",
      description = "Training rows, to tell on which set a latent is dead.")
  private @Nullable Path trainData;

  @Mixin private AnalysisOptions analysis;

  @Section.Begins(Section.ANALYSIS)
  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of the label permutations (${DEFAULT-VALUE}).")
  private long seed;

  @Override
  Optional<String> mistake() {
    return checkpoint
        .mistake()
        .or(
            () ->
                trainData != null && checkpoint.valData == null
                    ? Optional.of("--train-data belongs to --val-data: give both or none")
                    : analysis.mistake());
  }

  @Override
  int run(Console console) {
    LoadedSae loaded = LoadedSae.load(checkpoint.request(trainData));
    TrainedSae sae = loaded.sae();
    SaeAnalysis.Request request =
        analysis
            .settings(sae.config().dSae(), seed)
            .request(loaded.subject(), Version.text(), loaded.backend());
    SaeAnalysis.requireAnalysable(sae.config());
    loaded.folder().requireFolder(Kind.ANALYSIS);
    CheckpointOptions.print(console.out(), loaded);
    long began = System.nanoTime();
    SaeAnalysis result;
    Engine engine = loaded.backend().engine();
    Activations trainRows = loaded.data().train();
    try (Dataset validation = engine.load(loaded.data().validation().x());
        Dataset train = trainRows == null ? null : engine.load(trainRows.x());
        Session session = loaded.open()) {
      result = SaeAnalysis.of(session, loaded.data(), validation, train, request);
    }
    Path file = ResultFiles.write(loaded.folder(), result);
    SpecialisationTable table = new SpecialisationTable();
    table.add(result.dictionary(), (System.nanoTime() - began) / 1e9);
    table.print(console.out());
    console.json(file);
    console.finding(SpecialisationTable.finding(result.dictionary()) + ": analysis in " + file);
    return DONE;
  }
}
