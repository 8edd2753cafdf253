package io.saenative.run;

import io.saenative.UserError;
import io.saenative.analysis.latents.RankWindow;
import io.saenative.data.Site;
import io.saenative.format.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The folder of a run. Every file name of a run is made here and recognised here, and nowhere else.
 * Names have the experiment's spelling; they carry layer and position where the data state them.
 */
public final class RunFolder {
  /** What a run leaves, by the folder and the name that tell it. */
  public enum Kind {
    SUMMARY("", "large_k_summary@.json"),
    CHECKPOINT("checkpoints", "@d\\d+_k(\\d+).safetensors"),
    EXPERIMENT_CHECKPOINT("checkpoints", "@d\\d+_k(\\d+).pt"),
    ANALYSIS("analysis", "analysis@_k(\\d+).json"),
    PUBLISHED_ANALYSIS("analysis", "activation_analysis@_rank\\d+-\\d+_k(\\d+).json"),
    FEATURE_LABELS("analysis", "feature_labels@_k(\\d+).json"),
    ABLATION("analysis", "ablation@_k(\\d+).json"),
    FIGURE(
        "figures",
        "(?:large_k_comparison|large_k_activation_curves|training_curves|k_tradeoff).(?:png|svg)"),
    REPORT("", "report.html");

    private final String folder;
    private final Pattern name;

    Kind(String folder, String name) {
      this.folder = folder;
      String site = name.startsWith("@") ? "(?:pos\\d+_layer\\d+_)?" : "(?:_layer\\d+_pos\\d+)?";
      this.name = Pattern.compile(name.replace(".", "\\.").replace("@", site));
    }
  }

  private final Path folder;

  /**
   * @param folder where the run's files are or will be; it need not be there yet
   */
  public RunFolder(Path folder) {
    this.folder = folder;
  }

  public Path path() {
    return folder;
  }

  /** Figures and curves of every K: {@code large_k_summary_layer14_pos3.json}. */
  public Path summary(Optional<Site> site) {
    return file(Kind.SUMMARY, "large_k_summary" + after(site) + ".json");
  }

  /** What a training goes on from: {@code checkpoints/pos3_layer14_d512_k300.safetensors}. */
  public Path checkpoint(Optional<Site> site, int dSae, int k) {
    return file(Kind.CHECKPOINT, checkpointName(site, dSae, k) + ".safetensors");
  }

  /** What the experiment's own Python loads: {@code checkpoints/pos3_layer14_d512_k300.pt}. */
  public Path experimentCheckpoint(Optional<Site> site, int dSae, int k) {
    return file(Kind.EXPERIMENT_CHECKPOINT, checkpointName(site, dSae, k) + ".pt");
  }

  /**
   * All that is known of the latents of one SAE: {@code analysis/analysis_layer14_pos3_k300.json}.
   */
  public Path analysis(Optional<Site> site, int k) {
    return file(Kind.ANALYSIS, "analysis" + after(site) + "_k" + k + ".json");
  }

  /**
   * The experiment's own analysis of a window of frequency ranks: {@code
   * analysis/activation_analysis_layer14_pos3_rank400-512_k300.json}.
   */
  public Path publishedAnalysis(Optional<Site> site, RankWindow window, int k) {
    return file(
        Kind.PUBLISHED_ANALYSIS,
        "activation_analysis%s_rank%d-%d_k%d.json"
            .formatted(after(site), window.start(), window.end(), k));
  }

  /** The experiment's taxonomy: {@code analysis/feature_labels_layer14_pos3_k300.json}. */
  public Path featureLabels(Optional<Site> site, int k) {
    return file(Kind.FEATURE_LABELS, "feature_labels" + after(site) + "_k" + k + ".json");
  }

  /** What interventions do: {@code analysis/ablation_layer14_pos3_k300.json}. */
  public Path ablation(Optional<Site> site, int k) {
    return file(Kind.ABLATION, "ablation" + after(site) + "_k" + k + ".json");
  }

  /**
   * A figure of the report.
   *
   * @param name such as {@code large_k_comparison}
   * @param format {@code png} or {@code svg}
   */
  public Path figure(String name, String format) {
    return file(Kind.FIGURE, name + "." + format);
  }

  public Path report() {
    return file(Kind.REPORT, "report.html");
  }

  /** How files of this folder name one of them. */
  public String relative(Path file) {
    Path root = folder.toAbsolutePath().normalize();
    Path absolute = file.toAbsolutePath().normalize();
    return absolute.startsWith(root) ? root.relativize(absolute).toString() : file.toString();
  }

  /**
   * The files of a kind that are here, whatever layer, position and K, by name.
   *
   * @throws UserError if the folder cannot be read
   */
  public List<Path> files(Kind kind) {
    Path place = folder.resolve(kind.folder);
    if (!Files.isDirectory(place)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(place)) {
      return all.filter(file -> match(kind, file).matches()).sorted().toList();
    } catch (IOException e) {
      throw new UserError("cannot read " + place + ": " + AtomicFile.reason(e), e);
    }
  }

  /** The files of a kind that are of one K. */
  public List<Path> files(Kind kind, int k) {
    return files(kind).stream()
        .filter(file -> group(match(kind, file)).equals(String.valueOf(k)))
        .toList();
  }

  /**
   * The folder of a kind, made if need be.
   *
   * @throws UserError if it cannot be made
   */
  public Path requireFolder(Kind kind) {
    Path place = folder.resolve(kind.folder);
    try {
      return Files.createDirectories(place);
    } catch (IOException e) {
      throw new UserError(
          "cannot create " + place + ": " + AtomicFile.reason(e) + ": choose another --output-dir",
          e);
    }
  }

  /**
   * Makes sure that a run can write here, making the folder where it is missing.
   *
   * @throws UserError if it cannot; then no folder is left that was not there before
   */
  public void requireWritable() {
    Path place = folder.resolve(Kind.CHECKPOINT.folder);
    Deque<Path> created = new ArrayDeque<>();
    try {
      create(place.toAbsolutePath(), created);
      Files.delete(Files.createTempFile(place, ".writable", null));
    } catch (IOException e) {
      remove(created);
      throw new UserError(
          "cannot write to "
              + place
              + ": "
              + AtomicFile.reason(e)
              + ": choose another --output-dir",
          e);
    }
  }

  /**
   * Deletes files of this folder.
   *
   * @throws UserError if one cannot be deleted
   */
  void delete(List<Path> files) {
    for (Path file : files) {
      try {
        Files.delete(file);
      } catch (NoSuchFileException _) {
        // another process was quicker
      } catch (IOException e) {
        throw new UserError("cannot remove the outdated " + file + ": " + AtomicFile.reason(e), e);
      }
    }
  }

  private Path file(Kind kind, String name) {
    if (!kind.name.matcher(name).matches()) {
      throw new IllegalStateException(name + " would not be recognised as " + kind);
    }
    return folder.resolve(kind.folder).resolve(name);
  }

  private static Matcher match(Kind kind, Path file) {
    return kind.name.matcher(file.getFileName().toString());
  }

  private static String group(Matcher match) {
    return match.matches() && match.groupCount() > 0 ? match.group(1) : "";
  }

  private static String after(Optional<Site> site) {
    return site.map(s -> "_layer" + s.layer() + "_pos" + s.position()).orElse("");
  }

  /** The experiment's name of a checkpoint, such as {@code pos3_layer14_d512_k300}. */
  public static String checkpointName(Optional<Site> site, int dSae, int k) {
    return site.map(s -> "pos" + s.position() + "_layer" + s.layer() + "_").orElse("")
        + ("d" + dSae + "_k" + k);
  }

  /** Makes a folder and those above it that are missing, and puts them on the stack. */
  private static void create(Path missing, Deque<Path> created) throws IOException {
    if (Files.isDirectory(missing)) {
      return;
    }
    if (missing.getParent() != null) {
      create(missing.getParent(), created);
    }
    if (!Files.isDirectory(missing)) { // a/.. is there as soon as a is
      Files.createDirectory(missing);
      created.push(missing);
    }
  }

  private static void remove(Deque<Path> created) {
    for (Path folder : created) {
      try {
        Files.delete(folder);
      } catch (IOException e) {
        return; // the refusal is what the user must hear
      }
    }
  }
}
