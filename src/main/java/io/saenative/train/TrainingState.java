package io.saenative.train;

import io.saenative.sae.Initialization;
import io.saenative.sae.Parameters;
import io.saenative.sae.Session;
import io.saenative.sae.Session.State;
import io.saenative.tensor.DType;

/**
 * Everything a training needs to go on at an epoch boundary, besides its {@link TrainingRun} and
 * data.
 *
 * @param epochsDone with the run's seed, the random state: see {@link EpochOrder}
 * @param step Adam updates done
 * @param parameters in the session's precision, as are the moments
 * @param adamM first moments
 * @param adamV second moments
 * @param history one entry for each epoch done
 */
public record TrainingState(
    int epochsDone,
    long step,
    Parameters parameters,
    Parameters adamM,
    Parameters adamV,
    History history) {

  /** Before the first epoch: fresh parameters drawn from the run's seed. */
  public static TrainingState initial(TrainingRun run) {
    Parameters zeros = Parameters.zeros(run.sae(), DType.F32);
    return new TrainingState(
        0, 0, Initialization.torchLinear(run.sae(), run.seed()), zeros, zeros, History.EMPTY);
  }

  static TrainingState of(Session session, History history) {
    return new TrainingState(
        history.epochs().size(),
        session.step(),
        session.state(State.PARAMETERS),
        session.state(State.ADAM_M),
        session.state(State.ADAM_V),
        history);
  }

  void restore(Session session) {
    session.setState(State.PARAMETERS, parameters);
    session.setState(State.ADAM_M, adamM);
    session.setState(State.ADAM_V, adamV);
    session.setStep(step);
  }
}
