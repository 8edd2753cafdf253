package io.saenative.report.figures;

import io.saenative.UserError;
import io.saenative.format.AtomicFile;
import io.saenative.run.RunFolder;
import io.saenative.run.RunFolder.Kind;
import io.saenative.run.RunResults;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;

/** The figures of a run as PNG and SVG files, and as SVG for the report. */
public final class Figures {
  private static final int DOTS_PER_INCH = 300;
  private static final int UNITS_PER_INCH = 100;
  private static final double INCH_IN_METRES = 0.0254;
  private static final String PNG_METADATA = "javax_imageio_png_1.0";

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
  static List<Figure> of(RunResults run) {
    List<Figure> figures = new ArrayList<>();
    figures.add(LargeKComparison.of(run));
    if (run.analyses().findAny().isPresent()) {
      figures.add(ActivationCurves.of(run));
    }
    if (run.summary().isPresent()) {
      figures.add(TrainingCurves.of(run));
    }
    if (run.analyses().anyMatch(a -> a.specialised().isPresent())) {
      figures.add(KTradeoff.of(run));
    }
    return figures;
  }

  /**
   * Draws all figures into the run's folder of figures, each as PNG and SVG.
   *
   * @throws UserError if they cannot be written
   */
  public static List<Drawn> write(RunResults run) {
    run.folder().requireFolder(Kind.FIGURE);
    return of(run).stream().map(figure -> write(run.folder(), figure)).toList();
  }

  private static Drawn write(RunFolder folder, Figure figure) {
    AtomicFile.write(folder.figure(figure.name(), "png"), out -> writePng(out, figure));
    String svg = SvgGraphics.svg(figure);
    AtomicFile.write(
        folder.figure(figure.name(), "svg"),
        out -> out.write(svg.getBytes(StandardCharsets.UTF_8)));
    return new Drawn(figure.name(), figure.title(), figure.caption(), svg);
  }

  /** A PNG that knows how large it is on paper. */
  private static void writePng(OutputStream out, Figure figure) throws IOException {
    BufferedImage image = pixels(figure);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    try (ImageOutputStream png = ImageIO.createImageOutputStream(out)) {
      String dotsPerMetre = String.valueOf(Math.round(DOTS_PER_INCH / INCH_IN_METRES));
      IIOMetadataNode size = new IIOMetadataNode("pHYs");
      size.setAttribute("pixelsPerUnitXAxis", dotsPerMetre);
      size.setAttribute("pixelsPerUnitYAxis", dotsPerMetre);
      size.setAttribute("unitSpecifier", "meter");
      IIOMetadataNode root = new IIOMetadataNode(PNG_METADATA);
      root.appendChild(size);
      IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(image), null);
      metadata.mergeTree(PNG_METADATA, root);
      writer.setOutput(png);
      writer.write(new IIOImage(image, null, metadata));
    } finally {
      writer.dispose();
    }
  }

  private static BufferedImage pixels(Figure figure) {
    double scale = (double) DOTS_PER_INCH / UNITS_PER_INCH;
    int width = (int) Math.round(scale * figure.width());
    int height = (int) Math.round(scale * figure.height());
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    g.scale(scale, scale);
    figure.paint(g);
    g.dispose();
    return image;
  }
}
