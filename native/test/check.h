// The test harness: CHECK reports and goes on, main returns what report() says.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include "sae_native.h"

namespace test {

inline int failures = 0;
inline std::string context;  // what is being tested, named in a failure

inline void fail(const char* file, int line, const std::string& text) {
  if (++failures <= 20) std::fprintf(stderr, "%s:%d: %s [%s]\n", file, line, text.c_str(), context.c_str());
}

inline int report(const char* name) {
  std::printf("%s: %s\n", name, failures == 0 ? "passed" : (std::to_string(failures) + " failures").c_str());
  return failures == 0 ? 0 : 1;
}

// The backend under test.
inline const char* backend() {
  const char* name = std::getenv("SAE_TEST_BACKEND");
  return name == nullptr ? "cpu" : name;
}

// The precision under test.
inline sae_precision precision() {
  const char* name = std::getenv("SAE_TEST_PRECISION");
  if (name == nullptr) return SAE_FP32;
  if (std::string(name) == "bf16x3") return SAE_BF16X3;
  if (std::string(name) == "bf16") return SAE_BF16;
  std::printf("SAE_TEST_PRECISION is bf16x3, bf16 or not set\n");
  std::exit(1);
}

// Exit status that ctest counts as skipped: the backend, or the instruction set that SAE_CPU asks for, is not here.
inline void skip_unless_available() {
  char text[256];
  if (sae_backend_describe(backend(), text, sizeof text) == SAE_ERR_UNAVAILABLE) {
    std::printf("skipped: %s\n", sae_last_error());
    std::exit(77);
  }
}

}  // namespace test

#define CHECK(condition)                                          \
  do {                                                            \
    if (!(condition)) test::fail(__FILE__, __LINE__, #condition); \
  } while (false)

#define CHECK_OK(call)                                                                                  \
  do {                                                                                                  \
    if ((call) != SAE_OK) test::fail(__FILE__, __LINE__, std::string(#call) + ": " + sae_last_error()); \
  } while (false)

// The status, and a text that contains the words.
#define CHECK_FAILS(call, expected, words)                                                               \
  do {                                                                                                   \
    const sae_status status = (call);                                                                    \
    if (status != (expected) || std::string(sae_last_error()).find(words) == std::string::npos) {        \
      test::fail(__FILE__, __LINE__,                                                                     \
                 std::string(#call) + ": status " + std::to_string(status) + ", \"" + sae_last_error() + \
                     "\", expected \"" + (words) + "\"");                                                \
    }                                                                                                    \
  } while (false)
