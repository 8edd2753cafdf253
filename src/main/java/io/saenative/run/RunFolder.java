package io.saenative.run;

import io.saenative.UserError;
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
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The folder of a run. Every file name of a run is made here and recognised here, and nowhere else.
 * Names have the experiment's spelling; they carry layer and position where the data state them.
 */
public final class RunFolder {
  /**
   * What a run leaves, by the folder and the name that tell it. In a name {@code @} stands for the
   * site, which is left out where the data state none, and each {@code #} for a number.
   */
  public enum Kind {
    /** Figures and curves of every K. */
    SUMMARY("", "large_k_summary@.json"),
    /** What a training goes on from; d_sae, k. */
    CHECKPOINT("checkpoints", "@d#_k#.safetensors"),
    /** What the experiment's own Python loads; d_sae, k. */
    EXPERIMENT_CHECKPOINT("checkpoints", "@d#_k#.pt"),
    /** All that is known of the latents of one SAE; k. */
    ANALYSIS("analysis", "analysis@_k#.json"),
    /** The experiment's own analysis of a window of frequency ranks; first rank, last rank, k. */
    PUBLISHED_ANALYSIS("analysis", "activation_analysis@_rank#-#_k#.json"),
    /** The experiment's taxonomy; k. */
    FEATURE_LABELS("analysis", "feature_labels@_k#.json"),
    /** What interventions do; k. */
    ABLATION("analysis", "ablation@_k#.json"),
    FIGURE(
        "figures",
        "(?:large_k_comparison|large_k_activation_curves|training_curves|k_tradeoff).(?:png|svg)"),
    REPORT("", "report.html");

    private final String folder;
    private final String name;
    private final Pattern pattern;

    Kind(String folder, String name) {
      this.folder = folder;
      this.name = name;
      String anySite = site("\\d+", "\\d+");
      pattern =
          Pattern.compile(
              name.replace(".", "\\.").replace("#", "\\d+").replace("@", "(?:" + anySite + ")?"));
    }

    /** The experiment writes the site in one order before a name, and in the other after it. */
    private String site(Object layer, Object position) {
      return name.startsWith("@")
          ? "pos" + position + "_layer" + layer + "_"
          : "_layer" + layer + "_pos" + position;
    }

    private String name(Optional<Site> site, int... numbers) {
      String filled = name.replace("@", site.map(s -> site(s.layer(), s.position())).orElse(""));
      for (int number : numbers) {
        filled = filled.replaceFirst("#", String.valueOf(number));
      }
      return filled;
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

  /**
   * A file: {@code checkpoints/pos3_layer14_d512_k300.safetensors} for {@code CHECKPOINT}, layer
   * 14, position 3 and the numbers 512 and 300.
   *
   * @param numbers those of the kind's name, in order
   */
  public Path file(Kind kind, Optional<Site> site, int... numbers) {
    return file(kind, kind.name(site, numbers));
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
    return file(Kind.REPORT, Optional.empty());
  }

  /** The experiment's name of an SAE: that of its checkpoints, without what they end in. */
  static String nameOfSae(Optional<Site> site, int dSae, int k) {
    return Kind.EXPERIMENT_CHECKPOINT.name(site, dSae, k).replace(".pt", "");
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
      return all.filter(file -> kind.pattern.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UserError("cannot read " + place + ": " + AtomicFile.reason(e), e);
    }
  }

  /** The files of a kind that are of one K. */
  public List<Path> files(Kind kind, int k) {
    return files(kind).stream()
        .filter(
            file -> file.getFileName().toString().replaceFirst("\\.\\w+$", "").endsWith("_k" + k))
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
          "cannot create %s: %s: choose another --output-dir"
              .formatted(place, AtomicFile.reason(e)),
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
          "cannot write to %s: %s: choose another --output-dir"
              .formatted(place, AtomicFile.reason(e)),
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
    if (!kind.pattern.matcher(name).matches()) {
      throw new IllegalArgumentException(name + " would not be recognised as " + kind);
    }
    return folder.resolve(kind.folder).resolve(name);
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
