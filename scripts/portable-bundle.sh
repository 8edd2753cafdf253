#!/usr/bin/env bash
# Packs everything that a GPU node without JDK, Maven or network needs into one archive: scripts/portable-bundle.sh OUT.tgz
#
#   java/                 a runtime of its own, made by jlink
#   sae-native            starts sae-native.jar on it
#   native/               the native libraries and step_bench
#   test/                 test classes and the JUnit console
#   src/test/, shared/    recorded PyTorch trainings (shared/ only where ../shared is there to take the large one from)
#   scripts/, bench/      gpu-verify.sh with what it is made of, and the comparison with PyTorch
#
# It carries libsae_cuda.so if nvcc was found here. Elsewhere, cmake alone makes it from the sources of the repository:
#   cmake -S . -B build/gpu && cmake --build build/gpu --target libraries step_bench
# and gpu-verify.sh does that by itself where it finds nvcc, cmake and the sources.
#
# Needs what the build needs (Maven, a JDK 25, CMake, a C++ compiler). At the end the bundle is unpacked and tried with no
# other Java on the PATH, and its size is checked.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly LARGEST=$((60 * 1000 * 1000))
readonly JUNIT=1.14.0

fail() {
  echo "portable-bundle: $*" >&2
  exit 1
}

[ $# = 1 ] || fail "usage: scripts/portable-bundle.sh OUT.tgz"
out=$(realpath -m "$1")
[ -d "$(dirname "$out")" ] || fail "there is no folder $(dirname "$out")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle=$work/sae-native-bundle
mkdir -p "$bundle"/{native,test,scripts,bench,src/test/resources}

build() {
  mvn -B -q package -DskipTests
  mvn -B -q dependency:copy -Dartifact="org.junit.platform:junit-platform-console-standalone:$JUNIT" \
    -DoutputDirectory="$bundle/test" -Dmdep.stripVersion=true
  native/build.sh target/native step_bench
  native/build.sh target/native sae_simt
}
build >"$work/build.log" 2>&1 || {
  tail -n 30 "$work/build.log" >&2
  fail "the build failed"
}

# The jar finds a Java 25 and says where it is.
jdk=$(java -jar target/sae-native.jar doctor | sed -n 's/^java .* at //p')
[ -x "$jdk/bin/jlink" ] || fail "$jdk is no full JDK: it has no jlink"
# jdk.unsupported is reached by reflection alone.
modules=$("$jdk/bin/jdeps" --print-module-deps --ignore-missing-deps --multi-release 25 target/sae-native.jar)
"$jdk/bin/jlink" --add-modules "$modules,jdk.unsupported" --strip-debug --no-header-files --no-man-pages \
  --compress zip-9 --output "$bundle/java"

cp target/sae-native.jar "$bundle/"
for library in libsae_native.so libsae_cuda.so simt/libsae_simt.so; do
  [ ! -f "target/native/$library" ] || cp "target/native/$library" "$bundle/native/"
done
cp target/native/native/step_bench "$bundle/native/"
cp -r target/test-classes "$bundle/test/classes"
cp -r src/test/resources/golden "$bundle/src/test/resources/"
if [ -f ../shared/golden/wide_f32.safetensors ]; then
  mkdir -p "$bundle/shared/golden"
  cp ../shared/golden/wide_f32.safetensors "$bundle/shared/golden/"
fi
cp scripts/gpu-verify.sh scripts/gpu-parts.sh scripts/gpu-numbers.py "$bundle/scripts/"
cp bench/*.py "$bundle/bench/"
git describe --always --dirty >"$bundle/COMMIT" 2>/dev/null || echo "not known" >"$bundle/COMMIT"
cat >"$bundle/sae-native" <<'END'
#!/bin/sh
home=$(cd "$(dirname "$0")" && pwd)
exec "$home/java/bin/java" -jar "$home/sae-native.jar" "$@"
END
chmod +x "$bundle/sae-native"
chmod -R u+w "$bundle"
tar -C "$work" -czf "$work/bundle.tgz" sae-native-bundle

# It must run from any folder, on a PATH without Java.
mkdir "$work/elsewhere"
tar -C "$work/elsewhere" -xzf "$work/bundle.tgz"
there=$work/elsewhere/sae-native-bundle
alone() {
  env -i PATH=/usr/bin:/bin HOME="$work" SAE_BACKEND_PATH="$there/native" "$there/sae-native" "$@"
}
alone doctor | grep -q "^java .* at $there/java$" || fail "the bundle does not run on its own Java"
for backend in cpu simt; do
  alone verify --backend "$backend" --trace "$there"/src/test/resources/golden/*.safetensors >"$work/verify.log" || {
    tail -n 30 "$work/verify.log" >&2
    fail "the bundle's $backend backend does not repeat the recorded trainings"
  }
done

size=$(stat -c %s "$work/bundle.tgz")
[ "$size" -le "$LARGEST" ] || fail "the bundle has $size bytes, more than $LARGEST"
mv "$work/bundle.tgz" "$out"
carried=$([ -f "$bundle/native/libsae_cuda.so" ] && echo "with" || echo "WITHOUT")
echo "$out: $size bytes, $carried libsae_cuda.so; doctor and verify pass on its own Java"
