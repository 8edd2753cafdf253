package io.saenative.report.figures;

import java.awt.Font;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.font.LineMetrics;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.batik.svggen.DOMGroupManager;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGIDGenerator;
import org.apache.batik.svggen.SVGPath;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Paints an SVG in which text is text. Charts paint their letters as outlines: where what is filled
 * is the outline of a text that a {@link ChartFont} was asked to lay out, that text is written.
 */
final class SvgGraphics extends SVGGraphics2D {
  /** Digits after the point: a hundredth of a unit is finer than any screen. */
  private static final int PRECISION = 2;

  /** The first is Java's where there is no other, the second as wide. */
  private static final String FONTS = "DejaVu Sans, Verdana, sans-serif";

  /** Charts write to the right, and upwards beside their vertical axis. */
  private static final List<AffineTransform> DIRECTIONS =
      List.of(new AffineTransform(), AffineTransform.getRotateInstance(-Math.PI / 2));

  private record Word(String text, AffineTransform direction) {}

  /** By outline. */
  private final Map<String, Word> words = new HashMap<>();

  private SvgGraphics(SVGGeneratorContext context) {
    super(context, false);
    setRenderingHint(
        RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
    setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
  }

  /**
   * The text of an SVG file. Ids in it begin with the figure's name, so that a page may hold
   * several.
   */
  static String svg(Figure figure) {
    try {
      SVGGeneratorContext context =
          SVGGeneratorContext.createDefault(
              DocumentBuilderFactory.newInstance()
                  .newDocumentBuilder()
                  .getDOMImplementation()
                  .createDocument(SVG_NAMESPACE_URI, SVG_SVG_TAG, null));
      context.setPrecision(PRECISION);
      context.setComment(null);
      context.setIDGenerator(
          new SVGIDGenerator() {
            @Override
            public String generateID(String prefix) {
              return figure.name() + "_" + super.generateID(prefix);
            }
          });
      SvgGraphics g = new SvgGraphics(context);
      figure.paint(g);
      return g.text(figure.width(), figure.height());
    } catch (ParserConfigurationException | TransformerException e) {
      throw new IllegalStateException("this Java writes no XML", e);
    }
  }

  private String text(int width, int height) throws TransformerException {
    Element svg = getRoot();
    svg.setAttribute(SVG_WIDTH_ATTRIBUTE, String.valueOf(width));
    svg.setAttribute(SVG_HEIGHT_ATTRIBUTE, String.valueOf(height));
    svg.setAttribute(SVG_VIEW_BOX_ATTRIBUTE, "0 0 %d %d".formatted(width, height));
    Node empty = svg.getElementsByTagName(SVG_DEFS_TAG).item(0);
    svg.removeChild(empty); // its id would be that of all figures in a page
    Transformer xml = TransformerFactory.newInstance().newTransformer();
    xml.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
    StringWriter text = new StringWriter();
    xml.transform(new DOMSource(svg), new StreamResult(text));
    return text.toString().replace("\"sans-serif\"", '"' + FONTS + '"');
  }

  /** Text that is as wide as it was laid out, whatever font it is read in. */
  @Override
  public void drawString(String text, float x, float y) {
    double width = new TextLayout(text, getFont(), getFontRenderContext()).getAdvance();
    Element element = getDOMFactory().createElementNS(SVG_NAMESPACE_URI, SVG_TEXT_TAG);
    element.setAttribute(SVG_X_ATTRIBUTE, generatorCtx.doubleString(x));
    element.setAttribute(SVG_Y_ATTRIBUTE, generatorCtx.doubleString(y));
    element.setAttribute(SVG_TEXT_LENGTH_ATTRIBUTE, generatorCtx.doubleString(width));
    element.setAttribute(SVG_LENGTH_ADJUST_ATTRIBUTE, "spacingAndGlyphs");
    element.setTextContent(text);
    domGroupManager.addElement(element, DOMGroupManager.FILL);
  }

  @Override
  public void fill(Shape shape) {
    if (getFont() instanceof ChartFont font) {
      learn(font);
    }
    Word word = words.get(SVGPath.toSVGPathData(shape, generatorCtx));
    if (word == null) {
      super.fill(shape);
    } else {
      AffineTransform before = getTransform();
      transform(word.direction);
      drawString(word.text, 0, 0);
      setTransform(before);
    }
  }

  private void learn(ChartFont font) {
    for (String text : font.texts) {
      TextLayout layout = new TextLayout(text, font.plain, getFontRenderContext());
      for (AffineTransform direction : DIRECTIONS) {
        Shape outline = layout.getOutline(direction);
        words.put(SVGPath.toSVGPathData(outline, generatorCtx), new Word(text, direction));
      }
    }
    font.texts.clear();
  }

  /**
   * A font of charts, which knows what texts were laid out in it: each first asks for its height.
   */
  static final class ChartFont extends Font {
    private final Font plain;
    private final Set<String> texts = new HashSet<>();

    ChartFont(int style, int size) {
      super(SANS_SERIF, style, size);
      plain = new Font(SANS_SERIF, style, size);
    }

    @Override
    public LineMetrics getLineMetrics(char[] text, int start, int end, FontRenderContext context) {
      texts.add(String.valueOf(text, start, end - start));
      return super.getLineMetrics(text, start, end, context);
    }
  }
}
