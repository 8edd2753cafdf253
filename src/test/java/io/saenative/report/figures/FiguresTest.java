package io.saenative.report.figures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.analysis.latents.Activity.DensityHistogram;
import io.saenative.report.SampleRun;
import io.saenative.run.RunFolder;
import io.saenative.run.RunResults;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.knowm.xchart.internal.chartpart.AxesChart;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.internal.series.AxesChartSeries;
import org.knowm.xchart.internal.series.Series;
import org.knowm.xchart.style.AxesChartStyler;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

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
    RunResults run = run(3);
    assertEquals(
        List.of("large_k_comparison", "large_k_activation_curves", "training_curves", "k_tradeoff"),
        Figures.write(run).stream().map(Figures.Drawn::name).toList());
    for (Figure figure : Figures.of(run)) {
      Path file = folder.resolve("figures").resolve(figure.name());
      BufferedImage image = ImageIO.read(Path.of(file + ".png").toFile());
      assertEquals(3 * figure.columns() * figure.panelWidth(), image.getWidth());
      assertEquals(300 / 25.4, pixelsPerMillimetre(Path.of(file + ".png")), 0.01);
      Element svg = parsed(Files.readString(Path.of(file + ".svg")));
      assertEquals("svg", svg.getTagName());
      assertEquals(String.valueOf(figure.width()), svg.getAttribute("width"));
      assertEquals("0 0 " + figure.width() + " " + figure.height(), svg.getAttribute("viewBox"));
    }
  }

  @Test
  void everyWordOfAnSvgIsText() throws Exception {
    for (Figure figure : Figures.of(run(3))) {
      String svg = SvgGraphics.svg(figure);
      List<String> texts = new ArrayList<>();
      for (Node text : elements(parsed(svg), "text")) {
        texts.add(text.getTextContent());
      }
      assertTrue(texts.contains(figure.title()));
      for (Chart<?, ?> any : figure.panels()) {
        AxesChart<?, ?> panel = (AxesChart<?, ?>) any;
        List<String> words = new ArrayList<>(List.of(panel.getXAxisTitle(), panel.getYAxisTitle()));
        if (!panel.getTitle().isEmpty()) {
          words.add(panel.getTitle());
        }
        panel.getSeriesCollection().stream()
            .filter(Series::isShowInLegend)
            .forEach(series -> words.add(series.getName()));
        words.forEach(word -> assertTrue(texts.contains(word), () -> word + " in " + texts));
      }
      assertTrue(texts.stream().filter(t -> t.matches("[0-9.,]+( %)?")).count() > 8, "ticks");
      for (Node path : elements(parsed(svg), "path")) {
        String d = path.getAttributes().getNamedItem("d").getNodeValue();
        assertFalse(d.contains("Q"), () -> figure.name() + " has a letter as an outline: " + d);
      }
      assertTrue(svg.contains(", sans-serif\""), "a font that is everywhere");
    }
    String tradeoff = SvgGraphics.svg(Figures.of(run(3)).getLast());
    assertTrue(tradeoff.contains(">K = 120<"), "what stands at a point is text, too");
  }

  @Test
  void theSameRunIsDrawnInTheSameBytes() throws IOException {
    List<String> first = Figures.of(run(2)).stream().map(SvgGraphics::svg).toList();
    List<Figure> again = Figures.of(run(2));
    assertEquals(first, again.stream().map(SvgGraphics::svg).toList());
    assertEquals(first, again.stream().map(SvgGraphics::svg).toList(), "drawn twice");
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
    assertNotEquals(SvgGraphics.svg(synthetic), SvgGraphics.svg(recorded));
  }

  @Test
  void aHistogramIsDrawnFromItsFirstFilledBinToItsLast() {
    Charts.Line line =
        LargeKComparison.outline(
            new DensityHistogram(List.of(0.1, 0.2, 0.4, 0.8, 1.0), List.of(0, 3, 0, 5), 1));
    assertArrayEquals(new double[] {0.2, 0.2, 0.4, 0.4, 0.8, 0.8, 1, 1}, line.x());
    assertArrayEquals(new double[] {0, 3, 3, 0, 0, 5, 5, 0}, line.y());
    assertEquals(
        0,
        LargeKComparison.outline(new DensityHistogram(List.of(0.1, 1.0), List.of(0), 7))
            .x()
            .length);
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
        List.of(Charts.plain(0), Charts.plain(0.05), Charts.plain(1e5)));
    assertEquals(
        List.of("0.01 %", "84.92 %"), List.of(Charts.percent(1e-4), Charts.percent(0.8492)));
    assertEquals(List.of("1,024", ""), List.of(Charts.count(1024), Charts.count(0.5)));
  }

  private RunResults run(int ks) throws IOException {
    new SampleRun(64, 1495, IntStream.rangeClosed(1, ks).map(i -> 40 * i).boxed().toList())
        .write(folder);
    return RunResults.read(new RunFolder(folder));
  }

  private static Element parsed(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)))
        .getDocumentElement();
  }

  private static List<Node> elements(Element svg, String name) {
    NodeList nodes = svg.getElementsByTagName(name);
    return IntStream.range(0, nodes.getLength()).mapToObj(nodes::item).toList();
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
