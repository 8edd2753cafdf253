package io.saenative.report.figures;

import io.saenative.format.AtomicFile;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;

/** A PNG that knows how large it is on paper. */
final class PngFile {
  private static final String FORMAT = "javax_imageio_png_1.0";
  private static final double INCH_IN_METRES = 0.0254;

  private PngFile() {}

  static void write(Path file, BufferedImage image, int dotsPerInch) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    try {
      AtomicFile.write(
          file,
          out -> {
            IIOMetadata metadata =
                writer.getDefaultImageMetadata(new ImageTypeSpecifier(image), null);
            metadata.mergeTree(FORMAT, resolution(dotsPerInch));
            try (ImageOutputStream png = ImageIO.createImageOutputStream(out)) {
              writer.setOutput(png);
              writer.write(new IIOImage(image, null, metadata));
            }
          });
    } finally {
      writer.dispose();
    }
  }

  private static IIOMetadataNode resolution(int dotsPerInch) {
    String perMetre = String.valueOf(Math.round(dotsPerInch / INCH_IN_METRES));
    IIOMetadataNode size = new IIOMetadataNode("pHYs");
    size.setAttribute("pixelsPerUnitXAxis", perMetre);
    size.setAttribute("pixelsPerUnitYAxis", perMetre);
    size.setAttribute("unitSpecifier", "meter");
    IIOMetadataNode root = new IIOMetadataNode(FORMAT);
    root.appendChild(size);
    return root;
  }
}
