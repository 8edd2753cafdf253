#!/usr/bin/env bash
# Checks and measures the cuda backend on this machine, in one go: scripts/gpu-verify.sh [OPTION...]
#
#   --bundle TGZ      what scripts/portable-bundle.sh packed; without it the bundle is made here first
#   --results FOLDER  where to write (results/gpu)
#   --minutes N       end after that time, whatever is left to do (9)
#
# Parts: build, doctor, verify, gpu tests, compute-sanitizer, rerun-equals-rerun, kernel bench, the full experiment, PyTorch,
# ncu, nsys. Each has a log and a line in parts.tsv under FOLDER/<card>/, with environment.txt beside them. A part whose tool
# is not here is skipped with that reason; one that fails is recorded and the others still run.
#
# Exit code: 0 all that ran passed, 1 a part failed or had no time, 2 wrong usage, 3 no GPU here, nothing written.
set -uo pipefail

usage() {
  echo "gpu-verify: $*" >&2
  echo "usage: scripts/gpu-verify.sh [--bundle TGZ] [--results FOLDER] [--minutes N]" >&2
  exit 2
}

home=$(cd "$(dirname "$0")/.." && pwd)
archive="" results=$home/results/gpu minutes=9
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage "$1 needs a value, or is not an option"
  case $1 in
    --bundle) archive=$(realpath "$2") || exit 2 ;;
    --results) results=$(realpath -m "$2") ;;
    --minutes) minutes=$2 ;;
    *) usage "there is no option $1" ;;
  esac
  shift 2
done
[[ $minutes =~ ^[1-9][0-9]*$ ]] || usage "--minutes must be a whole number, not $minutes"

if ! card=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | head -1) || [ -z "$card" ]; then
  echo "gpu-verify: no GPU here: nvidia-smi is missing or finds none" >&2
  exit 3
fi
out=$results/$(tr -cs 'A-Za-z0-9\n' - <<<"$card" | sed 's/-$//')
mkdir -p "$out" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'part\tresult\tseconds\tcommand or reason\n' >"$out/parts.tsv"
failed=0

has() { command -v "$1" >/dev/null; }

record() { # PART RESULT SECONDS TEXT
  printf '%s\t%s\t%s\t%s\n' "$@" >>"$out/parts.tsv"
  printf '%-16s %-8s %5s s  %s\n' "$@"
}

skip() { # PART REASON
  record "$1" skipped 0 "$2"
}

# part NAME SECONDS COMMAND...: runs it for so long at most and never beyond --minutes; its output goes to NAME.log.
part() {
  local name=$1 limit=$2 left=$((minutes * 60 - SECONDS)) began=$SECONDS status folder
  shift 2
  if [ "$left" -le 5 ]; then
    failed=1
    record "$name" "NOT RUN" 0 "no time was left of $minutes minutes"
    return 1
  fi
  [ "$limit" -le "$left" ] || limit=$left
  # The outer redirection is for the shell's own word on a command that had to be killed.
  { timeout --kill-after=5 "$limit" "$@" >"$out/$name.log" 2>&1; } 2>/dev/null
  status=$?
  local shown=$*
  shown=${shown//"${java[*]-}"/java}
  for folder in bundle out work home; do
    [ -z "${!folder-}" ] || shown=${shown//"${!folder}"/\$$folder}
  done
  shown=$(tr -s ' \n' ' ' <<<"$shown")
  if [ "$status" = 0 ]; then
    record "$name" passed $((SECONDS - began)) "$shown"
    return 0
  fi
  failed=1
  [ $((SECONDS - began)) -lt "$limit" ] || status="$status, out of time after $limit s"
  record "$name" FAILED $((SECONDS - began)) "exit code $status: $shown"
  return 1
}

finish() {
  echo "results in $out"
  exit "$failed"
}

# ---- what there is to check ----

if [ -z "$archive" ] && [ ! -x "$home/java/bin/java" ]; then
  archive=$work/bundle.tgz
  part build 240 "$home/scripts/portable-bundle.sh" "$archive" || finish
fi
if [ -n "$archive" ]; then
  tar -C "$work" -xzf "$archive" || exit 1
  bundle=$work/sae-native-bundle
else
  bundle=$home # this script lies in an unpacked bundle
fi
native=$bundle/native
export SAE_BACKEND_PATH=$native LD_LIBRARY_PATH=$native${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
java=("$bundle/java/bin/java" --enable-native-access=ALL-UNNAMED "-Dsae.native.path=$native")
sae=("${java[@]}" -jar "$bundle/sae-native.jar")
# A driver does not run what a toolkit of a later major version made: then it is made anew with the one that is here.
if [ ! -f "$native/libsae_cuda.so" ] || "${sae[@]}" doctor 2>/dev/null | grep -q "^backend cuda .*older than CUDA"; then
  if has nvcc && has cmake && [ -f "$home/CMakeLists.txt" ]; then
    # shellcheck disable=SC2016 # expanded by the inner shell
    part build_cuda 240 bash -c 'cmake -S "$1" -B "$2" -DCMAKE_BUILD_TYPE=Release &&
      cmake --build "$2" --parallel "$(nproc)" --target libraries step_bench &&
      cp "$2"/libsae_*.so "$2/native/step_bench" "$3"' build "$home" "$work/native" "$native" || finish
  else
    failed=1
    record build_cuda FAILED 0 "the bundle has no libsae_cuda.so for this driver; nvcc, cmake or sources to make it are not here"
    finish
  fi
fi
shared=$bundle/shared
[ -d "$shared" ] || shared=$home/../shared
traces=("$bundle"/src/test/resources/golden/*.safetensors)
[ ! -f "$shared/golden/wide_f32.safetensors" ] || traces+=("$shared/golden/wide_f32.safetensors")

environment() {
  echo "date      $(date -u +%FT%TZ)"
  echo "commit    $(git -C "$home" describe --always --dirty 2>/dev/null || cat "$bundle/COMMIT")"
  echo "card      $(nvidia-smi --query-gpu=name,memory.total,driver_version,clocks.max.sm,clocks.max.mem,power.limit \
    --format=csv,noheader)"
  echo "processor $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(nproc) threads"
  echo "system    $(uname -sr)"
  echo "nvcc      $(nvcc --version 2>/dev/null | tail -1 || echo none)"
  echo "java      $("${java[@]}" --version | head -1)"
  echo "torch     $(python3 -c 'import torch; print(torch.__version__)' 2>/dev/null || echo none)"
}
environment >"$out/environment.txt"
part doctor 30 "${sae[@]}" doctor

# ---- is it right? ----

for precision in fp32 bf16x3 bf16; do
  part "verify_$precision" 90 "${sae[@]}" verify --backend cuda --precision "$precision" --trace "${traces[@]}"
done
# The tests look for recorded trainings below the current folder.
cd "$bundle" || exit 1
SAE_REQUIRE_GPU=1 part gpu_tests 180 "${java[@]}" "-Dsae.shared=$shared" \
  -cp "$bundle/sae-native.jar:$bundle/test/classes:$bundle/test/junit-platform-console-standalone.jar" \
  org.junit.platform.console.ConsoleLauncher execute --select-package io.saenative --include-classname '.*Test' \
  --include-tag gpu --details=summary --disable-banner --disable-ansi-colors
if has compute-sanitizer; then
  # Clusters of several blocks; dense tiles on tensor cores; the kernels of large dictionaries.
  for shape in "1030 65 9 33 1 cuda" "260 65 9 33 1 cuda bf16x3" "260 1030 9 33 1 cuda"; do
    for tool in memcheck racecheck; do
      # shellcheck disable=SC2086 # six words or seven
      part "${tool}_$(tr ' ' _ <<<"$shape")" 45 \
        compute-sanitizer --tool "$tool" --error-exitcode 9 "$native/step_bench" $shape
    done
  done
else
  skip memcheck "compute-sanitizer is not here"
  skip racecheck "compute-sanitizer is not here"
fi
# Two trainings, one process each, must end with the same bits. The .pt holds no times, unlike the .safetensors.
for precision in fp32 bf16x3 bf16; do
  # shellcheck disable=SC2016 # expanded by the inner shell
  part "rerun_$precision" 60 bash -c 'set -e; out=$1; shift
    for run in 1 2; do "$@" --k 100 --epochs 3 --output-dir "$out$run"; done
    cmp "$out"{1,2}/checkpoints/pos3_layer14_d512_k100.pt && echo "the same bits"' rerun "$work/rerun_$precision" \
    "${sae[@]}" --backend cuda --precision "$precision"
done

# ---- how fast is it? ----

for precision in fp32 bf16x3 bf16; do
  for k in 100 300; do
    part "bench_k${k}_$precision" 30 "${sae[@]}" bench --backend cuda --precision "$precision" --k "$k" \
      --json "$out/bench_k${k}_$precision.json"
  done
done
began=$(date +%s%N)
if part experiment 90 "${sae[@]}" --backend cuda --k 50 75 100 200 300 --output-dir "$work/experiment"; then
  echo "wall time of the command: $((($(date +%s%N) - began) / 1000000)) ms" >>"$out/experiment.log"
  cp "$work"/experiment/*.json "$out/"
fi
for precision in fp32 bf16x3 bf16; do
  began=$(date +%s%N)
  if part "three_k_$precision" 60 "${sae[@]}" --backend cuda --precision "$precision" --k 100 200 300 \
    --output-dir "$work/three_k_$precision"; then
    echo "wall time of the command: $((($(date +%s%N) - began) / 1000000)) ms" >>"$out/three_k_$precision.log"
  fi
done
if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
  for tf32 in "" --tf32; do
    # shellcheck disable=SC2086 # no word where there is no option
    part "pytorch${tf32/--/_}" 150 python3 "$home/bench/compare_pytorch.py" --device cuda $tf32 \
      --modes eager fused compiled --k 100 300 --repeats 1 --native "$native" --java "$bundle/java/bin/java" --jar "$bundle/sae-native.jar"
  done
else
  skip pytorch "python3 has no torch that sees the GPU"
fi

# ---- where does the time go? ----

if has ncu; then
  # The first launches sum the columns of the data; a step follows. The clocks stay as they are.
  for precision in fp32 bf16x3; do
    part "ncu_$precision" 60 ncu --set full --clock-control none --launch-count 16 --force-overwrite \
      --export "$out/step_$precision" "$native/step_bench" 2048 512 100 256 1 cuda "$precision" &&
      ncu --import "$out/step_$precision.ncu-rep" --page details >"$out/step_${precision}_ncu.txt" 2>&1
  done
else
  skip ncu "ncu is not here"
fi
if has nsys; then
  part nsys 60 nsys profile --trace=cuda,nvtx --cuda-graph-trace=node --force-overwrite=true \
    --output "$out/run" "${sae[@]}" --backend cuda --k 100 --epochs 3 --output-dir "$work/nsys" &&
    nsys stats --report cuda_gpu_kern_sum,nvtx_sum "$out/run.nsys-rep" >"$out/run_nsys.txt" 2>&1
else
  skip nsys "nsys is not here"
fi
finish
