package io.saenative.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
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
    assertEquals(
        0, number("order.filter(i => !current().latents.tested[i].some(isTwelve)).length"));
    search("multipl addi");
    assertTrue(number("order.length") > 0);
    search("no such concept");
    assertEquals("0 of 2,000 latents", text("#found"));
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void headingsSortBothWays() throws Exception {
    click("[data-column=\"activity.frequency\"]");
    assertEquals(
        "descending",
        text("[aria-sort=descending] button", "parentElement.getAttribute('aria-sort')"));
    assertEquals(1, number("current().latents.activity.rank[order[0]]"));
    click("[data-column=\"activity.frequency\"]");
    String sorted =
        "order.every((l, n) => n === 0 || current().latents.activity.frequency[order[n - 1]] <="
            + " current().latents.activity.frequency[l])";
    assertTrue(browser.value(sorted).asBoolean());
    click("[data-column=\"specialised.q\"]");
    assertEquals(
        1,
        number("current().latents.specialised.q[order.at(-1)] === null ? 1 : 0"),
        "latents without a q come last");
    click("[data-column=\"specialised.q\"]");
    assertEquals(1, number("current().latents.specialised.q[order.at(-1)] === null ? 1 : 0"));
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
    settle();
    assertEquals(neighbour, text("#page button[aria-expanded=true]"));
    click("#page button[aria-expanded=true]");
    assertEquals(0, number("document.querySelectorAll('tr.detail').length"));
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void theAddressNamesTheOpenedLatent() throws Exception {
    String latent = text("#page button");
    click("#page button");
    assertEquals("#k50-latent-" + latent, address());
    String neighbour = text("tr.detail a");
    click("tr.detail a");
    settle();
    assertEquals("#k50-latent-" + neighbour, address());
    browser.value("history.back()");
    settle();
    assertEquals(latent, text("#page button[aria-expanded=true]"), "one step back");
    click("#page button[aria-expanded=true]");
    assertEquals("#latents", address(), "a closed latent is not named");
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void anAddressShowsItsLatent() throws Exception {
    browser.open(URI.create("about:blank"));
    browser.open(URI.create(page.toUri() + "#k100-latent-1377"));
    assertLatentIsShown("1377");
    browser.reload();
    assertLatentIsShown("1377");
    String other = text("tr.detail a");
    click("tr.detail a");
    settle();
    browser.reload();
    assertLatentIsShown(other);
    assertEquals(List.of(), browser.errors());
    browser.open(URI.create("about:blank"));
    browser.open(URI.create(page.toUri() + "#k100-latent-99999"));
    assertEquals(0, number("document.querySelectorAll('tr.detail').length"), "there is none");
    assertEquals(List.of(), browser.errors());
  }

  private static void assertLatentIsShown(String latent) throws Exception {
    settle();
    assertEquals(100, number("current().k"));
    assertEquals(latent, text("#page button[aria-expanded=true]"));
    assertTrue(number("document.querySelectorAll('tr.detail ol.rows li code').length") > 0);
    assertTrue(
        browser
            .value(
                "(r => r.top >= 0 && r.bottom <= innerHeight)(document.querySelector("
                    + "'#page button[aria-expanded=true]').getBoundingClientRect())")
            .asBoolean(),
        "it is in sight");
  }

  /** A concept that fails the rule is not named beside one that passes. */
  @Test
  void theListNamesOnlyWhatALatentIsSpecialisedFor() throws Exception {
    browser.value("turn(0)");
    int named = 0;
    for (int row = 0; row < 50; row++) {
      String at = "document.querySelectorAll('#page > tr')[" + row + "].";
      String concept = browser.value(at + "querySelector('.concept').textContent").asText();
      String q = browser.value(at + "cells[6].textContent").asText();
      JsonNode sound =
          browser.value(
              "(i => records(record(data(`details-50-${Math.floor(i / current().chunk)}`), i %"
                  + " current().chunk).sound))(order["
                  + row
                  + "])");
      if (sound.path(0).path("specialised").asBoolean()) {
        assertEquals(sound.get(0).at("/concept/name").asText(), concept);
        named++;
      } else {
        assertEquals(List.of("–", "–"), List.of(concept, q));
      }
    }
    assertTrue(named > 0 && named < 50, named + " of 50 are specialised");
    click("#page > tr:not(.specialised) button");
    String verdicts =
        browser
            .value(
                "[...document.querySelectorAll('tr.detail tbody tr')].map(r =>"
                    + " [r.cells[10].textContent < '0.05' || r.cells[10].textContent.includes('e'),"
                    + " r.cells[11].textContent].join()).join(' ')")
            .asText();
    assertTrue(verdicts.contains("false,not significant"), verdicts);
    assertFalse(verdicts.contains("true,not significant"), verdicts);
    assertFalse(verdicts.contains("specialised"), verdicts);
  }

  @Test
  void qIsReadableAtUsualWidths() throws Exception {
    for (int width : new int[] {800, 1000, 1280, 1600}) {
      browser.size(width, 900, false);
      for (String order : List.of("activity.rank", "specialised.q")) {
        click("[data-column=\"" + order + "\"]");
        String hidden =
            "(edge => [...document.querySelectorAll('#page > tr > td:nth-child(7)')].filter(td =>"
                + " td.getBoundingClientRect().right > edge).length)(document.querySelector("
                + "'#latents .scroll').getBoundingClientRect().right)";
        assertEquals(0, number(hidden), "cells of q cut off at " + width);
      }
    }
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
    assertEquals(
        number("current().latents.specialised.concept.filter(c => c).length"),
        number("order.length"));
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
    quick("document.querySelector('[data-column=\"specialised.q\"]').click()");
    assertEquals(
        0,
        number(
            "(q => order.findIndex((l, i) => i && q[l] !== null && q[l] < q[order[i - 1]]) + 1)"
                + "(current().latents.specialised.q)"));
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
    browser.value("document.querySelector(`" + selector + "`).click()");
  }

  /** Waits until what the page has begun is done. */
  private static void settle() throws Exception {
    browser.value(
        "new Promise(done => setTimeout(() => requestAnimationFrame(() =>"
            + " requestAnimationFrame(done)), 100))");
  }

  private static String address() throws Exception {
    return browser.value("location.hash").asText();
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
