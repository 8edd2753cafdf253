package io.saenative.analysis.sound;

import static io.saenative.analysis.latents.Operation.ADDITION;
import static io.saenative.analysis.latents.Operation.DIVISION;
import static io.saenative.analysis.latents.Operation.MULTIPLICATION;
import static io.saenative.analysis.latents.Operation.SUBTRACTION;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.saenative.analysis.Gsm8k;
import io.saenative.analysis.latents.Operation;
import io.saenative.analysis.sound.ChainOfThought.MalformedStep;
import io.saenative.analysis.sound.ChainOfThought.MalformedStep.Reason;
import io.saenative.analysis.sound.ChainOfThought.ParseReport;
import io.saenative.analysis.sound.ChainOfThought.Step;
import io.saenative.data.Activations.Label;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChainOfThoughtTest {
  private static void assertStep(
      String text, List<String> operands, List<Operation> operations, String result) {
    ChainOfThought chain = ChainOfThought.parse(List.of(text));
    assertEquals(
        new ChainOfThought(List.of(new Step(operands, operations, result)), List.of()),
        chain,
        text);
  }

  @Test
  void aMinusBeforeANumberIsASign() {
    assertStep("87-32=55", List.of("87", "32"), List.of(SUBTRACTION), "55");
    assertStep("71+-3=68", List.of("71", "-3"), List.of(ADDITION), "68");
    assertStep("-18/-2=9", List.of("-18", "-2"), List.of(DIVISION), "9");
    assertStep("(-17)+43=26", List.of("-17", "43"), List.of(ADDITION), "26");
    assertStep(
        "-36+13+-15+-10=-48",
        List.of("-36", "13", "-15", "-10"),
        List.of(ADDITION, ADDITION, ADDITION),
        "-48");
    assertStep("5--3=8", List.of("5", "-3"), List.of(SUBTRACTION), "8");
    assertStep("5−3=2", List.of("5", "3"), List.of(SUBTRACTION), "2");
    assertStep("-153=-153", List.of("-153"), List.of(), "-153");
    assertStep("-(3+4)=-7", List.of("3", "4"), List.of(ADDITION), "-7");
  }

  @Test
  void operationsComeInTheOrderOfEvaluation() {
    assertStep("2/5*400=160", List.of("2", "5", "400"), List.of(DIVISION, MULTIPLICATION), "160");
    assertStep("2+3*5=17", List.of("2", "3", "5"), List.of(MULTIPLICATION, ADDITION), "17");
    assertStep("(2+3)*5=25", List.of("2", "3", "5"), List.of(ADDITION, MULTIPLICATION), "25");
    List<Operation> inside = List.of(DIVISION, MULTIPLICATION, ADDITION);
    assertStep("100+(100*(10/100))=110", List.of("100", "100", "10", "100"), inside, "110");
    assertStep("6 × 2 ÷ 4 = 3", List.of("6", "2", "4"), List.of(MULTIPLICATION, DIVISION), "3");
  }

  @Test
  void equalNumbersHaveOneWriting() {
    assertStep(".5+0.50=1.00", List.of("0.5", "0.5"), List.of(ADDITION), "1");
    assertStep("1,200.50-1200=.5", List.of("1200.5", "1200"), List.of(SUBTRACTION), "0.5");
    assertStep("12.*05=60", List.of("12", "5"), List.of(MULTIPLICATION), "60");
    assertStep(
        "50%*1,000,000=500000", List.of("50%", "1000000"), List.of(MULTIPLICATION), "500000");
  }

  @ParameterizedTest
  @CsvSource({
    "3+4, NO_EQUALS_SIGN",
    "'', NO_EQUALS_SIGN",
    "3+4=7=7, SEVERAL_EQUALS_SIGNS",
    "=7, MISSING_OPERAND",
    "3+=7, MISSING_OPERAND",
    "3*/4=7, MISSING_OPERAND",
    "3+4=, MISSING_OPERAND",
    "()=7, MISSING_OPERAND",
    "(3+4=7, UNBALANCED_PARENTHESES",
    "3+4)=7, UNBALANCED_PARENTHESES",
    "3(4)=12, MISSING_OPERATOR",
    "(3)4=12, MISSING_OPERATOR",
    "3+x=7, UNKNOWN_CHARACTER",
    "$3+4=7, UNKNOWN_CHARACTER",
    "3+4=7 apples, UNKNOWN_CHARACTER",
    "(3a=7, UNKNOWN_CHARACTER",
    "3+4=3+4, RESULT_NOT_A_NUMBER",
    "'12,34+1=13', UNKNOWN_CHARACTER",
    "'1,2345=1', UNKNOWN_CHARACTER",
    "1.2.3=1, MISSING_OPERATOR"
  })
  void aMalformedStepIsKeptWithItsReason(String text, Reason reason) {
    ChainOfThought chain = ChainOfThought.parse(List.of("1+1=2", text));
    assertEquals(1, chain.steps().size());
    assertEquals(List.of(new MalformedStep(text, reason)), chain.malformed());
  }

  @Test
  void allButTwoStepsOfGsm8kAreWellFormed() throws Exception {
    List<Label> labels = new ArrayList<>(Gsm8k.labels("train"));
    labels.addAll(Gsm8k.labels("val"));
    ParseReport report = Concepts.of(labels, 10, Integer.MAX_VALUE).parseReport();
    List<String> floorDivisions = List.of("180//3=60", "560//10=56");
    assertEquals(
        new ParseReport(7473, 95, 23716, Map.of(Reason.MISSING_OPERAND, 2L), floorDivisions),
        report);
  }
}
