#!/bin/sh
# Generates the Java bindings of native/include/sae_native.h: native/bindings/generate.sh [SOURCE_FOLDER], src/main/java
# where none is named. Needs jextract for JDK 25 (https://github.com/openjdk/jextract) on the PATH or in $JEXTRACT.
# Run it after every change of the header and commit the result; BindingsMatchHeaderTest fails until then.
set -eu
cd "$(dirname "$0")/../.."
header=native/include/sae_native.h
symbols=native/bindings/symbols.txt
sources=${1:-src/main/java}
ffi=$sources/io/saenative/sae/ffi

rm -rf "$ffi"
"${JEXTRACT:-jextract}" --output "$sources" --target-package io.saenative.sae.ffi --header-class-name SaeNative \
  "@$symbols" "$header"

# jextract skips a name it does not find without a word.
sed 's/.* //' "$symbols" | while read -r name; do
  grep -qrw "$name" "$ffi" || { echo "$name of $symbols is not in the bindings: is it in $header?" >&2; exit 1; }
done
sha256sum "$header" | cut -d' ' -f1 > "$ffi/HEADER.sha256"
