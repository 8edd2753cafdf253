package io.saenative.sae;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.saenative.sae.Session.Split;
import io.saenative.sae.Session.State;
import io.saenative.train.EpochOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The CUDA kernels on a GPU. */
@Tag("gpu")
class CudaEngineTest extends DeviceContract {
  @BeforeAll
  static void requireDevice() {
    DeviceBackends.cuda(Precision.FP32);
  }

  @Override
  Engine engine(Precision precision) {
    return DeviceBackends.cuda(precision);
  }

  /**
   * One source, IEEE operations, sums in one order: in fp32 a GPU and the fibre runtime must agree
   * to the bit. Three of 101 latents are visited alone; for thirty, with relu and pre-bias, blocks
   * that share tiles multiply dense matrices; with 1100 inputs the tiles of weight gradients are
   * wide.
   */
  @ParameterizedTest
  @CsvSource({"300, 101, 3", "300, 101, 30", "1100, 512, 40"})
  void trainsToTheBitsOfTheSameKernelsOnTheProcessor(int dIn, int dSae, int k) {
    SaeConfig sae = new SaeConfig(dIn, dSae, k, k == 3 ? Selection.ABS : Selection.RELU, k != 3);
    Trained onTheProcessor = train(DeviceBackends.simt(Precision.FP32), sae);
    Trained onTheCard = train(DeviceBackends.cuda(Precision.FP32), sae);
    assertArrayEquals(onTheProcessor.losses(), onTheCard.losses());
    for (State state : STATES) {
      assertTrue(
          onTheProcessor.states().get(state).sameBits(onTheCard.states().get(state)), state.name());
    }
  }

  private static final List<State> STATES = List.of(State.PARAMETERS, State.ADAM_M, State.ADAM_V);

  /**
   * @param losses of the steps of the second epoch, and of the validation after it
   */
  private record Trained(double[] losses, Map<State, Parameters> states) {}

  private static Trained train(Engine engine, SaeConfig sae) {
    KernelCase data = new KernelCase(sae, 150, KernelCase.Data.GAUSSIAN);
    try (Dataset rows = engine.load(data.x());
        Session session = engine.open(sae, Optimizer.adam(1e-3, 32))) {
      session.setState(State.PARAMETERS, data.parameters());
      session.setData(Split.TRAIN, rows);
      session.setData(Split.VALIDATION, rows);
      session.trainEpoch(EpochOrder.of(1, 0, 150));
      double[] steps = session.trainEpoch(EpochOrder.of(1, 1, 150));
      double[] losses = Arrays.copyOf(steps, steps.length + 1);
      losses[steps.length] = session.evaluate(Split.VALIDATION).loss();
      return new Trained(
          losses, STATES.stream().collect(Collectors.toMap(state -> state, session::state)));
    }
  }
}
