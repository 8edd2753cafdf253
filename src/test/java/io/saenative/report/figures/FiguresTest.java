package io.saenative.report.figures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.latents.Activity.DensityHistogram;
import io.saenative.report.SampleRun;
import io.saenative.run.RunFiles;
import io.saenative.run.RunFolder;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.internal.series.AxesChartSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.w3c.dom.Node;

class FiguresTest {
  @TempDir private Path folder;

  @BeforeAll
  static void noScreen() {
    System.setProperty("java.awt.headless", "true");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10})
  void theAxesHoldAllOfTheData(int ks) throws IOException {
    for (Figure figure : Figures.of(run(ks))) {
      for (Chart<?, ?> panel : figure.panels()) {
        Collection<?> series = panel.getSeriesCollection();
        assertFalse(
            series.isEmpty(), () -> figure.name() + ": an empty panel, " + panel.getTitle());
        AxesChartStyler axes = (AxesChartStyler) panel.getStyler();
        for (Object any : series) {
          AxesChartSeries s = (AxesChartSeries) any;
          String what = figure.name() + ", " + panel.getTitle() + ", " + s.getName();
          assertTrue(axes.getYAxisMin() <= s.getYMin() && s.getYMax() <= axes.getYAxisMax(), what);
          if (axes.getXAxisMin() != null) {
            assertTrue(
                axes.getXAxisMin() <= s.getXMin() && s.getXMax() <= axes.getXAxisMax(), what);
          }
        }
      }
    }
  }

  @Test
  void everyFigureIsThereInBothFormats() throws Exception {
    RunFiles run = run(3);
    assertEquals(
        List.of("large_k_comparison", "large_k_activation_curves", "training_curves", "k_tradeoff"),
        Figures.write(run).stream().map(Figures.Drawn::name).toList());
    for (Figure figure : Figures.of(run)) {
      Path file = folder.resolve("figures").resolve(figure.name());
      BufferedImage image = ImageIO.read(Path.of(file + ".png").toFile());
      assertEquals(3 * figure.columns() * figure.panelWidth(), image.getWidth());
      assertEquals(300 / 25.4, pixelsPerMillimetre(Path.of(file + ".png")), 0.01);
      byte[] svg = Files.readAllBytes(Path.of(file + ".svg"));
      var factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
      var document = factory.newDocumentBuilder().parse(new ByteArrayInputStream(svg));
      assertEquals("svg", document.getDocumentElement().getTagName());
      assertFalse(
          new String(svg, StandardCharsets.UTF_8).contains("font-family"),
          "needs a font where it is read");
    }
  }

  @Test
  void syntheticDataIsNamedInThePicture() throws IOException {
    Figure synthetic = Figures.of(run(1)).getFirst();
    assertTrue(synthetic.synthetic());
    Figure recorded =
        new Figure(
            synthetic.name(),
            synthetic.title(),
            synthetic.caption(),
            false,
            3,
            460,
            370,
            synthetic.panels());
    assertNotEquals(new Painter(synthetic).svg(), new Painter(recorded).svg());
  }

  @Test
  void aHistogramIsDrawnFromItsFirstFilledBinToItsLast() {
    Steps steps =
        Steps.of(new DensityHistogram(List.of(0.1, 0.2, 0.4, 0.8, 1.0), List.of(0, 3, 0, 5), 1));
    assertArrayEquals(new double[] {0.2, 0.2, 0.4, 0.4, 0.8, 0.8, 1, 1}, steps.x());
    assertArrayEquals(new double[] {0, 3, 3, 0, 0, 5, 5, 0}, steps.y());
    assertEquals(0, Steps.of(new DensityHistogram(List.of(0.1, 1.0), List.of(0), 7)).x().length);
  }

  @Test
  void manyLatentsAreDrawnAtFewRanksWithBothEnds() {
    assertArrayEquals(new int[] {1}, ActivationCurves.ranks(1));
    assertArrayEquals(IntStream.rangeClosed(1, 512).toArray(), ActivationCurves.ranks(512));
    int[] ranks = ActivationCurves.ranks(10_000_000);
    assertEquals(1, ranks[0]);
    assertEquals(10_000_000, ranks[ranks.length - 1]);
    assertTrue(ranks.length <= 2000);
  }

  @Test
  void ticksReadAsNumbers() {
    assertEquals(
        List.of("0", "0.05", "100000"),
        List.of(Panels.plain(0), Panels.plain(0.05), Panels.plain(1e5)));
    assertEquals(
        List.of("0.01 %", "84.92 %"), List.of(Panels.percent(1e-4), Panels.percent(0.8492)));
    assertEquals(List.of("1,024", ""), List.of(Panels.count(1024), Panels.count(0.5)));
  }

  private RunFiles run(int ks) throws IOException {
    new SampleRun(64, 1495, IntStream.rangeClosed(1, ks).map(i -> 40 * i).boxed().toList())
        .write(folder);
    return RunFiles.read(new RunFolder(folder));
  }

  private static double pixelsPerMillimetre(Path png) throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
    try (ImageInputStream in = ImageIO.createImageInputStream(png.toFile())) {
      reader.setInput(in);
      Node root = reader.getImageMetadata(0).getAsTree("javax_imageio_png_1.0");
      for (Node n = root.getFirstChild(); n != null; n = n.getNextSibling()) {
        if (n.getNodeName().equals("pHYs")) {
          return Integer.parseInt(
                  n.getAttributes().getNamedItem("pixelsPerUnitXAxis").getNodeValue())
              / 1000.0;
        }
      }
      return 0;
    } finally {
      reader.dispose();
    }
  }
}
