#!/bin/sh
# Builds native targets: native/build.sh FOLDER TARGET. Maven calls it with target/native and the libraries, then,
# for the tests, with all.
set -eu

need() { # COMMAND PACKAGE
  command -v "$1" >/dev/null && return
  echo "sae-native: $1 is missing: install it, on Debian or Ubuntu with 'apt-get install $2'" >&2
  exit 1
}

need cmake cmake
need make make
need g++ g++
[ -f "$1/CMakeCache.txt" ] || cmake -S "$(dirname "$0")/.." -B "$1" -DCMAKE_BUILD_TYPE=Release
cmake --build "$1" --target "$2" --parallel "$(nproc)"
