package io.saenative.report.figures;

import io.saenative.UserError;
import io.saenative.format.AtomicFile;
import io.saenative.run.RunFiles;
import io.saenative.run.RunFolder;
import io.saenative.run.RunFolder.Kind;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The figures of a run as files, and as SVG for the report. */
public final class Figures {
  public static final String FOLDER = "figures";

  static final int DOTS_PER_INCH = 300;

  private Figures() {}

  /** A figure that was drawn. */
  public record Drawn(String name, String title, String caption, String svg) {}

  /**
   * Why this machine cannot draw; empty if it can. Java needs fontconfig and one font, which bare
   * machines lack, and says so in errors of many kinds.
   */
  public static Optional<String> obstacle() {
    try {
      Graphics2D g = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
      g.getFontMetrics(new Font(Font.SANS_SERIF, Font.PLAIN, 12)).stringWidth("K");
      return Optional.empty();
    } catch (OutOfMemoryError e) {
      throw e;
    } catch (Error | RuntimeException e) {
      return Optional.of(
          "no figures: Java finds no fonts on this machine: install fontconfig and a font such as"
              + " DejaVu, then write the report again with sae-native report");
    }
  }

  /** Those figures for which the run has data. */
  static List<Figure> of(RunFiles run) {
    List<Figure> figures = new ArrayList<>();
    figures.add(LargeKComparison.of(run));
    if (run.analyses().findAny().isPresent()) {
      figures.add(ActivationCurves.of(run));
    }
    if (run.summary().isPresent()) {
      figures.add(TrainingCurves.of(run));
    }
    if (run.analyses().anyMatch(a -> a.specialised() != null)) {
      figures.add(KTradeoff.of(run));
    }
    return figures;
  }

  /**
   * Draws all figures into the run's folder of figures, each as PNG and SVG.
   *
   * @throws UserError if they cannot be written
   */
  public static List<Drawn> write(RunFiles run) {
    run.folder().requireFolder(Kind.FIGURE);
    return of(run).stream().map(figure -> write(run.folder(), figure)).toList();
  }

  private static Drawn write(RunFolder folder, Figure figure) {
    Painter painter = new Painter(figure);
    PngFile.write(
        folder.figure(figure.name(), "png"), painter.pixels(DOTS_PER_INCH), DOTS_PER_INCH);
    String svg = painter.svg();
    AtomicFile.write(
        folder.figure(figure.name(), "svg"),
        out -> out.write(svg.getBytes(StandardCharsets.UTF_8)));
    return new Drawn(figure.name(), figure.title(), figure.caption(), svg);
  }
}
