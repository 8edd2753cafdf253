#!/bin/sh
# Configures and builds the native libraries: native/build.sh FOLDER, which Maven calls with target/native.
set -eu

need() { # COMMAND PACKAGE
  command -v "$1" >/dev/null || { echo "sae-native: $1 is missing: install it, on Debian or Ubuntu with 'apt-get install $2'" >&2; exit 1; }
}

need cmake cmake
need make make
need "${CXX:-g++}" g++
cmake -S "$(dirname "$0")/.." -B "$1" -DCMAKE_BUILD_TYPE=Release
cmake --build "$1" --parallel "$(nproc)"
