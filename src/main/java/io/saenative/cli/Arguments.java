package io.saenative.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.Stack;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** How the words of a command line are read. */
final class Arguments {
  private static final Set<String> ROOT_OPTIONS = Set.of("-h", "--help", "-V", "--version");

  private Arguments() {}

  /**
   * The words as picocli takes them: long options may be spelt with underscores, as the experiment
   * spells them, and {@code run} may be left out.
   */
  static String[] spelt(String[] args) {
    Stream<String> spelt = Arrays.stream(args).map(Arguments::withHyphens);
    boolean namesNoCommand =
        args.length > 0 && args[0].startsWith("-") && !ROOT_OPTIONS.contains(args[0]);
    return (namesNoCommand ? Stream.concat(Stream.of("run"), spelt) : spelt).toArray(String[]::new);
  }

  private static String withHyphens(String argument) {
    if (!argument.startsWith("--")) {
      return argument;
    }
    int end = argument.indexOf('=');
    String name = end < 0 ? argument : argument.substring(0, end);
    return name.replace('_', '-') + argument.substring(name.length());
  }

  /** Has the commands read paths, numbers and names of constants as here. */
  static void readBy(CommandLine root) {
    root.registerConverter(Path.class, Arguments::path);
    root.registerConverter(int.class, Arguments::integer);
    root.registerConverter(Integer.class, Arguments::integer);
    root.registerConverter(long.class, text -> number(text, Long::valueOf, "a whole number"));
    root.registerConverter(double.class, text -> number(text, Double::valueOf, "a number"));
    root.getSubcommands().values().stream()
        .flatMap(command -> command.getCommandSpec().args().stream())
        .map(arg -> arg.auxiliaryTypes()[0])
        .filter(Class::isEnum)
        .forEach(type -> readConstants(root, type));
  }

  private static <E> void readConstants(CommandLine root, Class<E> type) {
    root.registerConverter(type, text -> constant(type, text));
  }

  /** The constant of an enum whose {@code toString} is this text, in capitals or not. */
  private static <E> E constant(Class<E> type, String text) {
    List<E> constants = List.of(type.getEnumConstants());
    for (E constant : constants) {
      if (constant.toString().equalsIgnoreCase(text)) {
        return constant;
      }
    }
    String names = constants.stream().map(Object::toString).collect(Collectors.joining(", "));
    throw new TypeConversionException("expected one of %s but was '%s'".formatted(names, text));
  }

  private static Path path(String text) {
    if (text.isEmpty()) {
      throw new TypeConversionException("it is empty: name a file or folder");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new TypeConversionException(
          "no such path is possible here (%s): in a locale without its letters, set LC_ALL=C.UTF-8"
              .formatted(e.getReason()));
    }
  }

  static int integer(String text) {
    return number(text, Integer::valueOf, "a whole number");
  }

  private static <N> N number(String text, Function<String, N> parse, String what) {
    try {
      return parse.apply(text);
    } catch (NumberFormatException e) {
      String tooLong = text.matches("[-+]?\\d+") ? " of a size that can be used" : "";
      throw new TypeConversionException("'%s' is not %s%s".formatted(text, what, tooLong));
    }
  }

  /**
   * Several values, with commas, blanks or both between them, in one word or several: {@code 100
   * 200}, {@code 100,200}, {@code "100, 200"}. None may be missing between commas, none given
   * twice.
   */
  static final class Values implements IParameterConsumer {
    @Override
    public void consumeParameters(Stack<String> args, ArgSpec arg, CommandSpec command) {
      StringJoiner words = new StringJoiner(" ");
      while (!args.isEmpty() && !args.peek().matches("-\\D.*|-")) {
        words.add(args.pop());
      }
      try {
        // What was there before the first occurrence on the command line is the default.
        @SuppressWarnings("ReferenceEquality")
        List<?> earlier = arg.getValue() == arg.initialValue() ? List.of() : arg.getValue();
        arg.setValue(values(words.toString().strip(), arg.auxiliaryTypes()[0], earlier));
      } catch (TypeConversionException e) {
        throw new ParameterException(
            command.commandLine(),
            "Invalid value for option '%s': %s"
                .formatted(((OptionSpec) arg).longestName(), e.getMessage()));
      }
    }

    private static List<Object> values(String text, Class<?> type, List<?> earlier) {
      if (text.isEmpty()) {
        throw new TypeConversionException("there is none");
      }
      List<Object> values = new ArrayList<>(earlier);
      for (String part : text.split("\\s*,\\s*|\\s+", -1)) {
        if (part.isEmpty()) {
          throw new TypeConversionException(
              "a value is missing before or after a comma in '" + text + "'");
        }
        Object value = type.isEnum() ? constant(type, part) : integer(part);
        if (values.contains(value)) {
          throw new TypeConversionException(value + " is given twice: give each value once");
        }
        values.add(value);
      }
      return values;
    }
  }
}
