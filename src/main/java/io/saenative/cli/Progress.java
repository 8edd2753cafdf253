package io.saenative.cli;

import io.saenative.train.History;
import java.io.PrintWriter;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Tells of the epochs of one training: a bar on a terminal; elsewhere a line for the first, every
 * fifth and the last.
 */
final class Progress implements AutoCloseable {
  private static final int EPOCHS_A_LINE = 5;

  private final PrintWriter out;
  private final String task;
  private final int epochs;
  private final @Nullable ProgressBar bar;

  Progress(Console console, int k, int epochsDone, int epochs) {
    this.out = console.out();
    this.task = "K = " + k;
    this.epochs = epochs;
    this.bar =
        console.drawsBars()
            ? new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(epochs)
                .startsFrom(epochsDone, Duration.ZERO)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(100)
                .setConsumer(
                    new ConsoleProgressBarConsumer(
                        System.err, Console.columns().orElse(Console.USUAL_COLUMNS)))
                .build()
            : null;
  }

  void epochDone(History history) {
    int epoch = history.epochs().size();
    History.Epoch figures = history.epochs().getLast();
    String explained = ResultsTable.percent(figures.valExplainedVariance());
    if (bar != null) {
      bar.setExtraMessage("EV " + explained + " %").stepTo(epoch);
    } else if (epoch == 1 || epoch % EPOCHS_A_LINE == 0 || epoch == epochs) {
      out.printf(
          "%s  epoch %d/%d  loss %.5f, val %.5f  EV %s %%  dead %.1f %%  %.1f s%n",
          task,
          epoch,
          epochs,
          figures.trainLoss(),
          figures.valLoss(),
          explained,
          100 * figures.valFeatureDeathRate(),
          history.seconds());
      out.flush();
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
