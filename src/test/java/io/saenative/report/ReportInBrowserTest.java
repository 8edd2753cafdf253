package io.saenative.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reader does with the report, in a real browser. */
@Tag("slow")
class ReportInBrowserTest {
  private static final int LATENTS = 2000;

  @TempDir private static Path folder;

  private static Path page;
  private static Chromium browser;

  @BeforeAll
  static void openBrowser() throws IOException, InterruptedException {
    Optional<Path> chromium = Chromium.find();
    if (!Boolean.getBoolean("sae.browser")) {
      assumeTrue(
          chromium.isPresent(), "no chromium on the PATH; -Dsae.browser=true makes that a failure");
    }
    new SampleRun(LATENTS, 1495, List.of(50, 100)).write(folder);
    page = ReportWriter.write(folder).page();
    browser = new Chromium(chromium.orElseThrow(), folder.resolve("profile"));
  }

  @AfterAll
  static void closeBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void load() throws IOException, InterruptedException {
    browser.open(URI.create("about:blank"));
    double seconds = browser.open(page.toUri());
    assertTrue(
        seconds < 10, () -> seconds + " s to load; the bound is loose, for machines under load");
  }

  @Test
  void searchFindsLatentsByNumberAndByConcept() throws Exception {
    search("1234");
    assertEquals("1234", text("#page button"));
    search("number 12");
    browser.value("globalThis.isTwelve = c => current().concepts[c] === 'number 12'");
    int found = number("order.length");
    assertTrue(found > 0 && found < LATENTS, () -> found + " latents");
    assertEquals(0, number("order.filter(i => !current().sound[i].some(isTwelve)).length"));
    search("multipl addi");
    assertTrue(number("order.length") > 0);
    search("no such concept");
    assertEquals("0 of 2,000 latents", text("#found"));
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void headingsSortBothWays() throws Exception {
    click("[data-column=frequency]");
    assertEquals(
        "descending",
        text("[aria-sort=descending] button", "parentElement.getAttribute('aria-sort')"));
    assertEquals(1, number("current().rank[order[0]]"));
    click("[data-column=frequency]");
    String sorted =
        "order.every((l, n) => n === 0 || current().frequency[order[n - 1]] <="
            + " current().frequency[l])";
    assertTrue(browser.value(sorted).asBoolean());
    click("[data-column=q]");
    assertEquals(
        1, number("current().q[order.at(-1)] === null ? 1 : 0"), "latents without a q come last");
    click("[data-column=q]");
    assertEquals(1, number("current().q[order.at(-1)] === null ? 1 : 0"));
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void anOpenedLatentShowsItsRowsAndLeadsToItsNeighbours() throws Exception {
    String latent = text("#page button");
    browser.value("document.querySelector('#page button').focus()");
    click("#page button");
    assertEquals("true", text("#page button", "getAttribute('aria-expanded')"));
    assertEquals(
        latent,
        browser.value("document.activeElement.textContent").asText(),
        "the keyboard stays where it was");
    assertTrue(number("document.querySelectorAll('tr.detail ol.rows li code').length") > 0);
    String neighbour = text("tr.detail a");
    click("tr.detail a");
    browser.value("new Promise(done => requestAnimationFrame(done))");
    assertEquals(neighbour, text("#page button[aria-expanded=true]"));
    click("#page button[aria-expanded=true]");
    assertEquals(0, number("document.querySelectorAll('tr.detail').length"));
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void textOfTheDataRunsNothing() throws Exception {
    assertEquals(0, number("document.images.length"));
    browser.value("for (const i of order) { detail(current(), i); }");
    assertEquals(0, number("document.images.length"));
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void pagesAndFilters() throws Exception {
    assertEquals(50, number("document.querySelectorAll('#page tr').length"));
    click("#next");
    assertEquals("51", text("#page tr td"));
    browser.value(
        "element('show').value = 'sound'; element('show').dispatchEvent(new Event('change'))");
    assertEquals(number("current().specialised.filter(s => s > 0).length"), number("order.length"));
    browser.value("element('k').value = '100'; element('k').dispatchEvent(new Event('change'))");
    assertEquals(100, number("current().k"));
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void aNarrowWindowDoesNotScrollSideways() throws Exception {
    browser.size(390, 800, true);
    click("#page button");
    assertTrue(number("document.documentElement.scrollWidth") <= 390);
  }

  /**
   * What a reader waits for: about a second to open the page, a fraction of one for each step;
   * bounds are loose, for load.
   */
  @Test
  void aLargeDictionaryStaysUsable() throws Exception {
    Path large = folder.resolve("large");
    new SampleRun(32_768, 100_000, List.of(32, 64)).write(large);
    double seconds = browser.open(ReportWriter.write(large).page().toUri());
    assertTrue(seconds < 20, () -> seconds + " s to load");
    assertEquals("32,768 of 32,768 latents", text("#found"));
    quick("element('search').value = '12'; element('search').dispatchEvent(new Event('input'))");
    assertTrue(number("order.length") > 0 && number("order.length") < 32_768);
    search("");
    quick("document.querySelector('[data-column=q]').click()");
    assertEquals(
        0,
        number("order.findIndex((l, i) => i && current().q[l] < current().q[order[i - 1]]) + 1"));
    quick("document.querySelector('#page button').click()");
    assertTrue(number("document.querySelectorAll('tr.detail ol.rows li code').length") > 0);
    quick("element('k').value = 64; element('k').dispatchEvent(new Event('change'))");
    assertEquals(64, number("current().k"));
    assertEquals(List.of(), browser.errors());
  }

  /** Does something in the page that must be done, drawing included, in moderate time. */
  private static void quick(String script) throws Exception {
    String timed =
        "(() => { const start = performance.now(); %s; document.body.offsetHeight; return"
            + " performance.now() - start; })()";
    double millis = browser.value(timed.formatted(script)).asDouble();
    assertTrue(millis < 5000, () -> script + " took " + millis + " ms");
  }

  private static void search(String text) throws Exception {
    browser.value(
        "element('search').value = '"
            + text
            + "'; element('search').dispatchEvent(new Event('input'))");
  }

  private static void click(String selector) throws Exception {
    browser.value("document.querySelector('" + selector + "').click()");
  }

  private static String text(String selector) throws Exception {
    return text(selector, "textContent");
  }

  private static String text(String selector, String property) throws Exception {
    return browser.value("document.querySelector('" + selector + "')." + property).asText();
  }

  private static int number(String script) throws Exception {
    return browser.value(script).asInt();
  }
}
