#!/usr/bin/env bash
# Checks and measures the cuda backend on this machine, the evidence in few files: scripts/gpu-verify.sh [OPTION...]
#
#   --stage first|second|all   first: is it right, how fast is it, where does the time go, against PyTorch (2 minutes);
#                              second: compute-sanitizer, large dictionaries, gpu tests, full profiles, torch.compile (all)
#   --minutes N                end after that time, whatever is left to do (9)
#   --into FOLDER              where to write (results/gpu/evidence)
#   --bundle TGZ               what scripts/portable-bundle.sh packed; without it the bundle is made here first
#   --rehearse                 every part on this machine without a GPU: the kernels on the simt backend, at small shapes;
#                              parts that need the card's tools say what they would have run
#
# FOLDER receives summary.txt (also printed last), results.tgz (tables and logs, for scripts/gpu-results.py) and ncu.txt.
# They are brought up to date after every part, so that they are there whatever ends this script. A part that fails is
# recorded and the others still run; one whose tool is not here is skipped with that reason.
#
# Exit code: 0 all that ran passed, 1 a part failed or had no time, 2 wrong usage, 3 no GPU here, nothing written.
set -uo pipefail

usage() {
  echo "gpu-verify: $*" >&2
  echo "usage: scripts/gpu-verify.sh [--stage first|second|all] [--minutes N] [--into FOLDER] [--bundle TGZ]" \
    "[--rehearse]" >&2
  exit 2
}

home=$(cd "$(dirname "$0")/.." && pwd)
archive="" into=$home/results/gpu/evidence minutes=9 stage=all rehearse=""
while [ $# -gt 0 ]; do
  case $1 in
    --rehearse) rehearse=yes; shift; continue ;;
    --stage | --minutes | --into | --bundle) [ $# -ge 2 ] || usage "$1 needs a value" ;;
    *) usage "there is no option $1" ;;
  esac
  case $1 in
    --stage) stage=$2 ;;
    --minutes) minutes=$2 ;;
    --into) into=$(realpath -m "$2") ;;
    --bundle) archive=$(realpath -e "$2") || usage "there is no file $2" ;;
  esac
  shift 2
done
[[ $minutes =~ ^[1-9][0-9]*$ ]] || usage "--minutes must be a whole number, not $minutes"
[[ $stage =~ ^(first|second|all)$ ]] || usage "--stage is first, second or all, not $stage"

asked() { # FIELDS
  nvidia-smi --query-gpu="$1" --format=csv,noheader 2>/dev/null | head -1
}
[ -n "$rehearse" ] || card=$(asked name)
if [ -z "$rehearse" ] && [ -z "$card" ]; then
  echo "gpu-verify: no GPU here: nvidia-smi is missing or finds none (--rehearse runs every part without one)" >&2
  exit 3
fi
mkdir -p "$into" || exit 1
work=$(mktemp -d)
out=$work/results
mkdir -p "$out/logs"
printf 'part\tresult\tseconds\tcommand or reason\n' >"$out/parts.tsv"
printf 'part\tname\tvalue\tunit\tcommand\n' >"$out/numbers.tsv"
printf 'precision\tkernel\tlaunches\tmicroseconds\tsm_percent\tmemory_percent\tdram_percent\n' >"$out/kernels.tsv"
failed=0

. "$home/scripts/gpu-parts.sh"

# ---- what there is to check ----

if [ -z "$archive" ] && [ ! -x "$home/java/bin/java" ]; then
  archive=$work/bundle.tgz
  part build 400 "$home/scripts/portable-bundle.sh" "$archive" || exit
fi
if [ -n "$archive" ]; then
  tar -C "$work" -xzf "$archive" || {
    failed=1
    record unpack FAILED 0 "$archive is no bundle"
    exit
  }
  bundle=$work/sae-native-bundle
else
  bundle=$home # this script lies in an unpacked bundle
fi
native=$bundle/native
export SAE_BACKEND_PATH=$native LD_LIBRARY_PATH=$native${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
java=("$bundle/java/bin/java" --enable-native-access=ALL-UNNAMED "-Dsae.native.path=$native")
sae=("${java[@]}" -jar "$bundle/sae-native.jar")
backend=${rehearse:+simt}
backend=${backend:-cuda}

# A library that does not load here, or needs a newer driver, is made anew with the nvcc that is here.
refused=$("${sae[@]}" doctor 2>/dev/null | grep "^backend cuda .*unavailable" | grep -v "no CUDA device")
if [ -z "$rehearse" ] && { [ ! -f "$native/libsae_cuda.so" ] || [ -n "$refused" ]; }; then
  if has nvcc && has cmake && [ -f "$home/CMakeLists.txt" ]; then
    # shellcheck disable=SC2016 # expanded by the inner shell
    part build_cuda 240 bash -c 'cmake -S "$1" -B "$2" -DCMAKE_BUILD_TYPE=Release -DSAE_SANITIZE=OFF &&
      cmake --build "$2" --parallel "$(nproc)" --target libraries step_bench &&
      cp "$2"/libsae_*.so "$2/native/step_bench" "$3"' build "$home" "$work/native" "$native" || exit
  else
    failed=1
    record build_cuda FAILED 0 "no libsae_cuda.so for this driver ($refused); nvcc, cmake or sources are missing"
    exit
  fi
fi
shared=$bundle/shared
[ -d "$shared" ] || shared=$home/../shared
if [ -n "$rehearse" ]; then
  traces=("$bundle/src/test/resources/golden/small_f32.safetensors")
else
  traces=("$bundle"/src/test/resources/golden/*.safetensors)
  [ ! -f "$shared/golden/wide_f32.safetensors" ] || traces+=("$shared/golden/wide_f32.safetensors")
fi

environment() {
  [ -z "$rehearse" ] || echo "rehearsal yes"
  echo "date      $(date -u +%FT%TZ)"
  echo "commit    $(cat "$bundle/COMMIT" 2>/dev/null || git -C "$home" describe --always --dirty)"
  echo "card      ${card-none}"
  if [ -z "$rehearse" ]; then
    echo "board     $(asked memory.total,clocks.max.sm,clocks.max.mem,power.limit)"
    echo "driver    $(asked driver_version)"
  else
    echo "driver    none"
  fi
  echo "processor $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(nproc) threads"
  echo "system    $(uname -sr)"
  echo "nvcc      $(nvcc --version 2>/dev/null | tail -1 || echo none)"
  echo "java      $("${java[@]}" --version | head -1)"
  echo "torch     $(python3 -c 'import importlib.metadata as m; print(m.version("torch"))' 2>/dev/null || echo none)"
}
environment >"$out/environment.txt"
if [ -z "$rehearse" ]; then
  # Logs the clocks, and keeps the driver loaded between the parts' processes.
  nvidia-smi dmon -s pucm -o T -f "$out/logs/clocks.txt" >/dev/null 2>&1 &
  clocks=$!
fi
precisions=(fp32 bf16x3 bf16)
step=("$native/step_bench")
if [ -z "$rehearse" ]; then
  run=(--k 100 200 300)
  step_shape=(2048 512 100 256 1 cuda)
else
  numbers data "$work/train.npy" 120 24 && numbers data "$work/val.npy" 40 24
  run=(--k 3 5 --latent-dim 20 --epochs 2 --batch-size 16 --train-data "$work/train.npy" --val-data "$work/val.npy")
  step_shape=(40 24 3 9 1 simt)
fi
part doctor 30 "${sae[@]}" doctor

# ---- first stage ----

# A training that fails twice with graphs is tried without: one defect must not cost all that a card could tell.
trains() { # PART SECONDS COMMAND...
  part "$@" && return
  [ -z "${SAE_GRAPH-}" ] || return 1
  part "$1_again" "${@:2}" && return
  export SAE_GRAPH=0
  if part "$1_no_graph" "${@:2}"; then
    record graphs FAILED 0 "from $1 on everything runs with SAE_GRAPH=0"
    echo "graphs    off from $1 on: SAE_GRAPH=0" >>"$out/environment.txt"
  else
    unset SAE_GRAPH
    return 1
  fi
}

# The home run, three processes for each precision. Their seconds are those of training and validation alone.
home_runs() {
  local precision i folder
  for precision in "${precisions[@]}"; do
    for i in 1 2 3; do
      folder=$work/home_${precision}_$i
      trains "home_${precision}_$i" 60 "${sae[@]}" "${run[@]}" --backend "$backend" --precision "$precision" --no-analysis \
        --output-dir "$folder" || continue
      tell "home_${precision}_$i" home "$folder"/large_k_summary*.json "$precision"
      printf 'home_%s_%s\twall/three_k/%s/seconds\t%s\ts\t%s\n' "$precision" "$i" "$precision" \
        "$((milliseconds / 1000)).$(printf %03d $((milliseconds % 1000)))" "$command" >>"$out/numbers.tsv"
    done
    # The .pt files hold no times, unlike the .safetensors: two processes must have written the same bytes.
    # shellcheck disable=SC2016 # expanded by the inner shell
    part "same_bits_$precision" 10 bash -c 'set -e; for file in "$1"_1/checkpoints/*.pt; do
      cmp "$file" "$1"_2/checkpoints/"${file##*/}"; done; echo "the same bits twice"' same "$work/home_$precision"
  done
}

recorded_trainings() {
  local precision
  for precision in "${precisions[@]}"; do
    part "verify_$precision" 90 "${sae[@]}" verify --backend "$backend" --precision "$precision" --trace "${traces[@]}"
  done
}

# One source, IEEE operations in one order: the kernels in fp32 must give the same bits on a card and on a CPU, where they run
# with their threads the other way round.
simt_bits() {
  local folder=$work/simt_bits
  mkdir "$folder"
  # Blocks share the encoder's tiles, and those of the weights have 128 columns.
  numbers data "$folder/train.npy" 150 1100 && numbers data "$folder/val.npy" 70 1100
  # shellcheck disable=SC2016 # expanded by the inner shell
  part simt_bits 60 bash -c 'set -e; folder=$1 here=$2; shift 2
    train() { "$@" --k 40 --latent-dim 512 --epochs 2 --batch-size 64 --no-analysis --train-data "$folder/train.npy" \
      --val-data "$folder/val.npy"; }
    train "$@" --backend "$here" --output-dir "$folder/here"
    SIMT_ORDER=reverse train "$@" --backend simt --output-dir "$folder/simt"
    for file in "$folder"/here/checkpoints/*.pt; do cmp "$file" "$folder/simt/checkpoints/${file##*/}"; done
    echo "$here and simt give the same bits"' bits "$folder" "$backend" "${sae[@]}"
}

# A training step, then every other operation. Caches and clocks stay as training finds them.
kernel_table() {
  if [ -z "$rehearse" ] && ! has ncu; then
    skip kernels "ncu is not here"
    return
  fi
  local precision
  for precision in "${precisions[@]}"; do
    on_card "kernels_$precision" 60 ncu --csv --page details --print-units base --clock-control none --cache-control none \
      --section SpeedOfLight --section LaunchStats --section Occupancy --launch-count 40 \
      "${step[@]}" --once "${step_shape[@]}" "$precision" || continue
    read_off "kernels_$precision" kernels "$out/logs/kernels_$precision.log" "$precision" >>"$out/kernels.tsv"
  done
}

calls() {
  local shape=(--k 100 200 300)
  [ -z "$rehearse" ] || shape=(--k 3 5 --d-in 24 --d-sae 20 --batch-size 16 --train-rows 40 --val-rows 20 --repeats 3)
  part bench 90 bash -c 'exec "$@" --json >"$0"' "$out/logs/bench.json" "${sae[@]}" bench --backend "$backend" \
    --precision "${precisions[@]}" "${shape[@]}" && tell bench bench "$out/logs/bench.json"
}

# Both sides on the same rows, in turn, in one process each; neither is charged for what is set up once.
compared() { # PART SECONDS OPTION...
  on_card "$1" "$2" python3 "$home/bench/compare_pytorch.py" --device cuda --java "$bundle/java/bin/java" \
    --jar "$bundle/sae-native.jar" --native "$native" --json "$out/logs/$1.json" "${@:3}" &&
    tell "$1" comparison "$out/logs/$1.json"
}

first_stage() {
  home_runs
  recorded_trainings
  simt_bits
  kernel_table
  calls
  compared pytorch 150 --modes eager fused graphed --matmul fp32 tf32 --precisions "${precisions[@]}" \
    --k 100 300 --repeats 2
  on_card roofs 60 python3 "$home/bench/pytorch_baseline.py" --device cuda --roofs &&
    tell roofs comparison "$out/logs/roofs.log"
}

# ---- second stage ----

# The tests look for recorded trainings below the current folder.
gpu_tests() {
  cd "$bundle" || return
  SAE_REQUIRE_GPU=1 on_card gpu_tests 100 "${java[@]}" "-Dsae.shared=$shared" \
    -cp "$bundle/sae-native.jar:$bundle/test/classes:$bundle/test/junit-platform-console-standalone.jar" \
    org.junit.platform.console.ConsoleLauncher execute --select-package io.saenative --include-classname '.*Test' \
    --include-tag gpu --details=tree --disable-banner --disable-ansi-colors
  cd "$home" || return
}

# Several tiles of rows, latents and columns, wide ones too, with ragged edges; tensor cores; the kernels of large dictionaries.
sanitizers() {
  local name shape tool
  while read -r -u 3 name shape; do
    for tool in memcheck racecheck; do
      # shellcheck disable=SC2086 # six words or seven
      on_card "${tool}_$name" 60 compute-sanitizer --tool "$tool" --error-exitcode 9 "${step[@]}" --once $shape
    done
    # shellcheck disable=SC2086
    [ -z "$rehearse" ] || part "once_$name" 60 "${step[@]}" --once $shape
  done 3<<END
dense 1030 520 50 33 1 $backend
dense_bf16x3 260 65 9 33 1 $backend bf16x3
pre_bias 260 65 9 33 1 $backend fp32 pre_bias
gather 260 2050 9 33 1 $backend
END
}

full_profiles() {
  local precision
  for precision in fp32 bf16x3; do
    on_card "profile_$precision" 90 ncu --set full --import-source no --page details --clock-control none \
      --cache-control none --launch-count 7 "${step[@]}" --once "${step_shape[@]}" "$precision" || continue
    grep -v "^==" "$out/logs/profile_$precision.log" >>"$out/logs/ncu.txt"
  done
}

# A dictionary of 65,536 latents, and the decoder's shape of published sparse kernels.
large_dictionaries() {
  local precision k
  for precision in fp32 bf16; do
    on_card "large_$precision" 60 ncu --csv --page details --print-units base --clock-control none --cache-control none \
      --section SpeedOfLight --launch-count 9 "${step[@]}" --once 4096 65536 64 8192 1 cuda "$precision" || continue
    read_off "large_$precision" kernels "$out/logs/large_$precision.log" "large_$precision" >>"$out/kernels.tsv"
  done
  for k in 32 64 128; do
    on_card "decoder_k$k" 40 ncu --csv --page details --print-units base --clock-control none --cache-control none \
      --section SpeedOfLight --kernel-name regex:decode_sparse "${step[@]}" --once 2304 65536 "$k" 8192 1 cuda || continue
    read_off "decoder_k$k" kernels "$out/logs/decoder_k$k.log" "decoder_k$k" >>"$out/kernels.tsv"
  done
}

second_stage() {
  if [ -n "$rehearse" ] || has compute-sanitizer; then sanitizers; else skip sanitizers "compute-sanitizer is not here"; fi
  if [ -n "$rehearse" ] || has ncu; then large_dictionaries; else skip large "ncu is not here"; fi
  gpu_tests
  if [ -n "$rehearse" ] || has ncu; then full_profiles; else skip profiles "ncu is not here"; fi
  compared pytorch_compiled 200 --modes compiled --matmul tf32 --k 100 --repeats 1
}

[ "$stage" = second ] || first_stage
[ "$stage" = first ] || second_stage
