package io.saenative.report;

import io.saenative.analysis.DictionaryAnalysis;
import io.saenative.analysis.DictionaryAnalysis.ByRule;
import io.saenative.analysis.DictionaryAnalysis.Control;
import io.saenative.analysis.DictionaryAnalysis.Data;
import io.saenative.analysis.DictionaryAnalysis.Labelled;
import io.saenative.analysis.DictionaryAnalysis.Latent;
import io.saenative.analysis.DictionaryAnalysis.MadeBy;
import io.saenative.analysis.DictionaryAnalysis.Quality;
import io.saenative.analysis.DictionaryAnalysis.Sae;
import io.saenative.analysis.DictionaryAnalysis.Specialised;
import io.saenative.analysis.DictionaryAnalysis.TopRow;
import io.saenative.analysis.PlantedScore;
import io.saenative.analysis.PlantedScore.PlantedRecovery;
import io.saenative.analysis.PlantedScore.RuleScore;
import io.saenative.analysis.control.PermutationControl.ChanceLevel;
import io.saenative.analysis.latents.Activity;
import io.saenative.analysis.latents.Activity.DeadLatents;
import io.saenative.analysis.latents.Activity.DensityHistogram;
import io.saenative.analysis.latents.Activity.LatentActivity;
import io.saenative.analysis.latents.Activity.SignBalance;
import io.saenative.analysis.latents.DictionaryGeometry.LatentGeometry;
import io.saenative.analysis.latents.DictionaryGeometry.Neighbour;
import io.saenative.analysis.latents.Distribution;
import io.saenative.analysis.latents.LatentStatistics.Sign;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.analysis.published.PublishedRule.Specialization;
import io.saenative.analysis.sound.ChainOfThought.ParseReport;
import io.saenative.analysis.sound.Concept;
import io.saenative.analysis.sound.Concepts;
import io.saenative.analysis.sound.ContingencyTable;
import io.saenative.analysis.sound.SoundRule.Association;
import io.saenative.analysis.sound.SoundRule.Criteria;
import io.saenative.data.Activations.Source;
import io.saenative.data.Site;
import io.saenative.run.JsonFile;
import io.saenative.run.RunFolder;
import io.saenative.run.RunFolder.Kind;
import io.saenative.run.RunSummary;
import io.saenative.run.RunSummary.Computer;
import io.saenative.run.RunSummary.Config;
import io.saenative.run.RunSummary.Curves;
import io.saenative.run.RunSummary.DataSets;
import io.saenative.run.RunSummary.Details;
import io.saenative.run.RunSummary.ExplainedVariance;
import io.saenative.run.RunSummary.Metrics;
import io.saenative.run.RunSummary.Ours;
import io.saenative.run.RunSummary.Result;
import io.saenative.run.RunSummary.Rows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The files of a run that never was: every figure is drawn at random, of the size and the form that
 * real ones have. It says of itself that it is synthetic.
 */
public record SampleRun(int dSae, int rows, List<Integer> ks) {
  private static final Site SITE = new Site(14, 3);
  private static final int NEIGHBOURS = 5;
  private static final int TOP_ROWS = 10;
  private static final String HASH = "5f".repeat(32);
  static final String NASTY = "</script><img src=x onerror=alert(1)>&amp;\"'";

  public void write(Path folder) {
    RunFolder run = new RunFolder(folder);
    run.requireFolder(Kind.ANALYSIS);
    SortedMap<Integer, Result> results = new TreeMap<>();
    SortedMap<Integer, Details> details = new TreeMap<>();
    for (int k : ks) {
      results.put(k, result(k));
      details.put(k, details(k));
      JsonFile.write(run.file(Kind.ANALYSIS, Optional.of(SITE), k), analysis(k));
    }
    Rows data = new Rows(NASTY, HASH, rows, true);
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("selection", "abs");
    settings.put("seed", 0);
    settings.put("train_sha256", HASH);
    RunSummary summary =
        new RunSummary(
            new Config(ks, dSae, SITE.position(), SITE.layer(), 2048, 4 * rows, rows),
            results,
            new Ours(
                true,
                new DataSets(new Rows(NASTY, HASH, 4 * rows, true), data, 0),
                settings,
                null,
                details));
    JsonFile.write(run.file(Kind.SUMMARY, Optional.of(SITE)), summary);
  }

  private double explained(int k) {
    return 0.75 + 0.17 * (1 - Math.exp(-k / 90.0));
  }

  private Result result(int k) {
    double[] ev =
        IntStream.rangeClosed(1, 25)
            .mapToDouble(epoch -> explained(k) * (1 - 0.4 * Math.exp(-epoch / 4.0)))
            .toArray();
    return new Result(
        new Metrics(0.43 * (1 - explained(k)), explained(k), k, 0.01, 1.1, dSae - 2, 2),
        new Curves(
            DoubleStream.of(ev).map(v -> 0.4 * (1 - v)).boxed().toList(),
            DoubleStream.of(ev).map(v -> 0.43 * (1 - v)).boxed().toList(),
            DoubleStream.of(ev).boxed().toList(),
            Collections.nCopies(25, 0.0)));
  }

  private Details details(int k) {
    double ev = explained(k);
    return new Details(
        new ExplainedVariance(ev, ev - 0.1, ev - 0.11, ev - 0.15),
        0.43,
        1.25,
        Collections.nCopies(25, 0.05),
        "checkpoints/pos3_layer14_d512_k" + k + ".safetensors",
        HASH,
        new Computer(
            "sae-native run --k " + k + " --train-data '" + NASTY + "'",
            "0.1.0",
            "25",
            "Linux",
            "cpu",
            "AVX-512, 2 threads"));
  }

  DictionaryAnalysis analysis(int k) {
    Random random = new Random(k);
    List<Latent> latents = latents(random, k);
    int[] counts = latents.stream().mapToInt(l -> l.activity().count()).toArray();
    double[] frequencies = latents.stream().mapToDouble(l -> l.activity().frequency()).toArray();
    RankWindow window = new RankWindow(Math.max(1, dSae * 3 / 4), dSae);
    double[] inWindow =
        latents.stream()
            .filter(l -> l.activity().rank() >= window.start() && l.activity().count() > 0)
            .mapToDouble(l -> l.activity().frequency())
            .toArray();
    Distribution norms =
        Distribution.of(latents.stream().mapToDouble(l -> l.geometry().decoderNorm()).toArray());
    List<Integer> sound =
        latents.stream()
            .filter(l -> l.sound().stream().anyMatch(Association::specialised))
            .map(Latent::latent)
            .toList();
    List<Integer> published =
        latents.stream()
            .filter(l -> l.published() != null && l.published().isSpecialized())
            .map(Latent::latent)
            .toList();
    List<Integer> dead = IntStream.range(0, dSae).filter(l -> counts[l] == 0).boxed().toList();
    ByRule soundRule =
        new ByRule(sound.size(), dSae, sound, new ChanceLevel(sound.size(), 0.04, 1, 1, 0.005));
    ChanceLevel publishedChance =
        new ChanceLevel(published.size(), 0.8 * published.size(), 40, 50, 0.4);
    ByRule publishedRule = new ByRule(published.size(), dSae, published, publishedChance);
    ByRule soundWindow = new ByRule(3, 50, sound.subList(0, Math.min(3, sound.size())), null);
    ByRule windowRule =
        new ByRule(published.size() / 3, 113, published.subList(0, published.size() / 3), null);
    return new DictionaryAnalysis(
        DictionaryAnalysis.FORMAT,
        new Sae(
            "checkpoints/pos3_layer14_d" + dSae + "_k" + k + ".safetensors",
            SITE,
            k,
            2048,
            dSae,
            new Source(NASTY, HASH, true)),
        new MadeBy("0.1.0", "cpu", "2026-01-31"),
        new Data(rows, new Source(NASTY, HASH, true), new Source("train", HASH, true)),
        new Quality(
            0.43 * (1 - explained(k)),
            explained(k),
            explained(k) - 0.1,
            explained(k) - 0.11,
            Double.NaN,
            1.0 * k,
            1.1,
            0.43),
        new Activity(
            Distribution.of(frequencies),
            window,
            inWindow.length == 0 ? null : Distribution.of(inWindow),
            density(counts),
            new SignBalance(dSae / 3, dSae / 4, dSae - dSae / 3 - dSae / 4 - dead.size(), 0.53),
            new DeadLatents(List.of(), dead, List.of())),
        new Labelled(
            Criteria.DEFAULT,
            new ParseReport(rows, 3, 3 * rows, Map.of(), List.of()),
            List.of(
                new Concepts.Support(
                    new Concept(Concept.Kind.OPERATION, "addition"), rows / 2, 0.5)),
            0,
            new Specialised(
                soundRule, soundWindow, publishedRule, windowRule, new Control(200, 1, rows)),
            new PlantedScore(
                new PlantedRecovery(400, norms, 61, List.of()),
                new RuleScore(sound.size(), 30, 25, 80, 40, 25, 0.8, 0.3125),
                new RuleScore(published.size(), 2, 1, 80, 40, 1, 0.04, 0.0125))),
        latents);
  }

  private List<Latent> latents(Random random, int k) {
    List<Latent> latents = new ArrayList<>();
    double scale = Math.min(1, 2.5 * k / 512.0);
    List<Double> raw = new ArrayList<>();
    for (int latent = 0; latent < dSae; latent++) {
      raw.add(scale * Math.pow(10, -3.6 * Math.exp(-k / 120.0) * random.nextDouble()) * 0.6);
    }
    List<Integer> order =
        IntStream.range(0, dSae)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer l) -> -raw.get(l)))
            .toList();
    int[] rank = new int[dSae];
    for (int i = 0; i < dSae; i++) {
      rank[order.get(i)] = i + 1;
    }
    for (int latent = 0; latent < dSae; latent++) {
      int count = (int) (raw.get(latent) * rows);
      int positive = count == 0 ? 0 : random.nextInt(count + 1);
      boolean specialised = count >= 10 && random.nextInt(12) == 0;
      latents.add(
          new Latent(
              latent,
              new LatentActivity(
                  rank[latent],
                  count,
                  (double) count / rows,
                  positive,
                  count - positive,
                  0.1 * random.nextDouble()),
              new LatentGeometry(
                  0.9 + 0.2 * random.nextDouble(),
                  0.5 + random.nextDouble(),
                  random.nextDouble(),
                  IntStream.range(0, NEIGHBOURS)
                      .mapToObj(
                          i ->
                              new Neighbour(
                                  random.nextInt(dSae), 0.5 - 0.1 * i + 0.01 * random.nextDouble()))
                      .toList()),
              count == 0 ? null : published(random, count),
              associations(random, count, specialised),
              IntStream.range(0, Math.min(count, TOP_ROWS))
                  .mapToObj(i -> topRow(random.nextInt(rows), 4 - 0.3 * i))
                  .toList()));
    }
    return latents;
  }

  private static Specialization published(Random random, int count) {
    Specialization.Scores scores = new Specialization.Scores(Map.of(), Map.of(), count);
    return count < 4 && random.nextInt(3) == 0
        ? new Specialization(Specialization.Type.OPERATION_SPECIALIZED, "multiplication", scores)
        : new Specialization(Specialization.Type.GENERAL, "mixed patterns of operations", scores);
  }

  private List<Association> associations(Random random, int count, boolean specialised) {
    List<Association> list = new ArrayList<>();
    for (int i = 0; count >= 10 && i < NEIGHBOURS; i++) {
      double precision =
          specialised && i == 0 ? 0.7 + 0.3 * random.nextDouble() : 0.6 * random.nextDouble();
      int both = (int) (precision * count);
      int holding = Math.max(1, both + (int) ((rows - count) * 0.2 * random.nextDouble()));
      String concept =
          switch (random.nextInt(3)) {
            case 0 -> "number " + random.nextInt(200);
            case 1 ->
                count % 2 == 0
                    ? "multiplication then addition"
                    : "sequence multiplication, addition, subtraction, division";
            default -> "answer " + random.nextInt(100);
          };
      list.add(
          new Association(
              i % 2 == 0 ? Sign.BOTH : Sign.NEGATIVE,
              new Concept(
                  concept.startsWith("number") ? Concept.Kind.VALUE : Concept.Kind.OPERATION_PAIR,
                  concept),
              new ContingencyTable(both, count, holding, rows),
              Math.pow(10, -20 * precision),
              Math.min(1, Math.pow(10, 2 - 20 * precision)),
              specialised && i == 0));
    }
    return list;
  }

  private static TopRow topRow(int row, double activation) {
    String text =
        row == 0 ? NASTY : row + "*3=" + 3 * row + " | " + 3 * row + "+12=" + (3 * row + 12);
    return new TopRow(row, "gsm8k_" + row, text, row % 2 == 0 ? activation : -activation);
  }

  private DensityHistogram density(int[] counts) {
    int bins = 16;
    double[] edges =
        IntStream.rangeClosed(0, bins).mapToDouble(i -> Math.pow(10, (i - bins) / 5.0)).toArray();
    Integer[] latents = new Integer[bins];
    for (int i = 0; i < bins; i++) {
      double low = edges[i];
      double high = edges[i + 1];
      latents[i] =
          (int) IntStream.of(counts).filter(c -> c > low * rows && c <= high * rows).count();
    }
    return new DensityHistogram(
        IntStream.rangeClosed(0, bins).mapToObj(i -> edges[i]).toList(),
        List.of(latents),
        (int) IntStream.of(counts).filter(c -> c == 0).count());
  }
}
