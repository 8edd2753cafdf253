package io.saenative.cli;

import static java.util.function.Predicate.not;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.OptionSpec;

/** The headings under which help lists the options of a command, in this order. */
enum Section {
  DATA("Data"),
  MODEL("Model"),
  TRAINING("Training"),
  ANALYSIS("Analysis"),
  COMPUTE("Compute"),
  OUTPUT("Output"),
  GENERAL("General");

  private final String heading;

  Section(String heading) {
    this.heading = heading;
  }

  /** This option, and those that its class declares after it, stand under the heading. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.FIELD)
  @interface Begins {
    Section value();
  }

  /** All options of a command, each under its heading; those without one are {@link #GENERAL}. */
  static String list(Help help) {
    List<OptionSpec> visible =
        help.commandSpec().options().stream().filter(not(OptionSpec::hidden)).toList();
    StringBuilder text = new StringBuilder();
    bySection(visible)
        .forEach(
            (section, options) -> {
              Help.Layout aligned =
                  help.createDefaultLayout(visible, List.of(), help.colorScheme());
              text.append("%n%s:%n".formatted(section.heading));
              text.append(
                  help.optionListExcludingGroups(
                      options, aligned, null, help.parameterLabelRenderer()));
            });
    return text.toString();
  }

  private static Map<Section, List<OptionSpec>> bySection(List<OptionSpec> options) {
    Map<Section, List<OptionSpec>> sections = new EnumMap<>(Section.class);
    Section section = GENERAL;
    Class<?> owner = null;
    for (OptionSpec option : options) {
      Field field = (Field) option.userObject();
      Begins begins = field.getAnnotation(Begins.class);
      if (begins != null) {
        section = begins.value();
      } else if (field.getDeclaringClass() != owner) {
        section = GENERAL;
      }
      owner = field.getDeclaringClass();
      sections.computeIfAbsent(section, _ -> new ArrayList<>()).add(option);
    }
    return sections;
  }
}
