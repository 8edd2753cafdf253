package io.saenative.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One page of a headless Chromium, driven through its DevTools protocol. */
final class Chromium implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern LISTENING = Pattern.compile("DevTools listening on ws://([^/]+)/.*");
  private static final int PATIENCE_SECONDS = 60;

  private final Process process;
  private final WebSocket socket;
  private final BlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();
  private final List<String> errors = new ArrayList<>();
  private int calls;

  /** The program, if there is one on the PATH. */
  static Optional<Path> find() {
    return Stream.of(System.getenv("PATH").split(":"))
        .flatMap(
            folder ->
                Stream.of("chromium", "chromium-browser", "google-chrome")
                    .map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  Chromium(Path program, Path profile) throws IOException, InterruptedException {
    process =
        new ProcessBuilder(
                program.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    String address = address(process.errorReader());
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://" + address + "/json/list")).build();
      JsonNode targets = JSON.readTree(http.send(request, BodyHandlers.ofString()).body());
      JsonNode page =
          Stream.iterate(0, i -> i + 1)
              .limit(targets.size())
              .map(targets::get)
              .filter(t -> t.get("type").asText().equals("page"))
              .findFirst()
              .orElseThrow();
      String url = page.get("webSocketDebuggerUrl").asText();
      socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .buildAsync(URI.create(url), new Receiver())
              .join();
    }
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      call(domain + ".enable", Map.of());
    }
  }

  /** Opens a page, waits until it is loaded, and returns the seconds that took. */
  double open(URI page) throws IOException, InterruptedException {
    return loaded("Page.navigate", Map.of("url", page.toString()));
  }

  /** Loads the page again, as a reader does. */
  void reload() throws IOException, InterruptedException {
    loaded("Page.reload", Map.of());
  }

  private double loaded(String method, Map<String, ?> parameters)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    call(method, parameters);
    JsonNode message = next();
    while (!message.path("method").asText().equals("Page.loadEventFired")) {
      message = next();
    }
    return (System.nanoTime() - start) / 1e9;
  }

  /** The value of an expression of the page's script. */
  JsonNode value(String script) throws IOException, InterruptedException {
    JsonNode result =
        call(
            "Runtime.evaluate",
            Map.of("expression", script, "returnByValue", true, "awaitPromise", true));
    if (result.has("exceptionDetails")) {
      throw new AssertionError(script + ": " + result.get("exceptionDetails"));
    }
    return result.at("/result/value");
  }

  void size(int width, int height, boolean dark) throws IOException, InterruptedException {
    Map<String, ?> window =
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false);
    call("Emulation.setDeviceMetricsOverride", window);
    Map<String, String> scheme =
        Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light");
    call("Emulation.setEmulatedMedia", Map.of("features", List.of(scheme)));
  }

  byte[] screenshot() throws IOException, InterruptedException {
    return Base64.getDecoder()
        .decode(call("Page.captureScreenshot", Map.of()).get("data").asText());
  }

  /** What went wrong in the page so far, and every address it asked for but its own. */
  List<String> errors() {
    return errors;
  }

  @Override
  public void close() {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    process.onExit().join();
  }

  private JsonNode call(String method, Map<String, ?> parameters)
      throws IOException, InterruptedException {
    int id = ++calls;
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    message.set("params", JSON.valueToTree(parameters));
    socket.sendText(JSON.writeValueAsString(message), true).join();
    JsonNode answer = next();
    while (answer.path("id").asInt() != id) {
      answer = next();
    }
    if (answer.has("error")) {
      throw new IOException(method + ": " + answer.get("error"));
    }
    return answer.get("result");
  }

  private JsonNode next() throws IOException, InterruptedException {
    JsonNode message = messages.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (message == null) {
      throw new IOException("the browser does not answer");
    }
    JsonNode event = message.path("params");
    switch (message.path("method").asText()) {
      case "Runtime.exceptionThrown" -> errors.add(event.get("exceptionDetails").toString());
      case "Runtime.consoleAPICalled" -> errors.add(event.toString());
      case "Log.entryAdded" -> errors.add(event.get("entry").toString());
      case "Network.requestWillBeSent" -> {
        String url = event.at("/request/url").asText();
        if (!url.startsWith("file:")) {
          errors.add("asked for " + url);
        }
      }
      default -> {}
    }
    return message;
  }

  private static String address(BufferedReader lines) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher m = LISTENING.matcher(line);
      if (m.matches()) {
        return m.group(1);
      }
    }
    throw new IOException("the browser did not start");
  }

  private final class Receiver implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        try {
          messages.add(JSON.readTree(text.toString()));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }
}
