#!/usr/bin/env bash
# Builds the harnesses with clang and runs each for SECONDS (60 where left out); prints executions and coverage.
# Usage: tests/fuzz/run.sh [SECONDS [HARNESS...]]
# Inputs that once failed, in tests/fuzz/cases, come first. What a harness found before stays in build/fuzz/corpus; an
# input that fails is left in build/fuzz/failures.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-60}
build=${ACRTC_FUZZ_BUILD:-build/fuzz}
harnesses=("${@:2}")
if ((${#harnesses[@]} == 0)); then
  harnesses=()
  for source in tests/fuzz/*.cpp; do harnesses+=("$(basename "$source" .cpp)"); done
fi

cmake -G Ninja -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang-14 \
  -DCMAKE_CXX_COMPILER=clang++-14 -DACRTC_FUZZ=ON -DACRTC_SANITIZE=fuzzer-no-link,address,undefined >/dev/null
cmake --build "$build" --target "${harnesses[@]/#/fuzz_}"

total=0
mkdir -p "$build/failures"
printf '%-14s %12s %10s %10s\n' harness executions coverage corpus
for harness in "${harnesses[@]}"; do
  mkdir -p "$build/corpus/$harness"
  log=$build/$harness.log
  seeds=() leaks=1
  if [[ -d tests/fuzz/cases/$harness ]]; then seeds+=("tests/fuzz/cases/$harness"); fi
  if [[ $harness == configuration ]]; then seeds+=(configs); fi
  if [[ $harness == run_log || $harness == hdf5_pack ]]; then leaks=0; fi  # HDF5 leaks where it refuses a file
  if ! ASAN_OPTIONS=quarantine_size_mb=4:detect_leaks=$leaks "$build/tests/fuzz/fuzz_$harness" \
    -max_total_time="$seconds" -detect_leaks=$leaks -print_final_stats=1 -rss_limit_mb=2048 -malloc_limit_mb=1024 \
    -timeout=10 -max_len=4096 -len_control=0 -artifact_prefix="$build/failures/$harness-" \
    "$build/corpus/$harness" "${seeds[@]}" >"$log" 2>&1; then
    tail -40 "$log" >&2
    exit 1
  fi
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  coverage=$(grep -ao 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2)
  corpus=$(find "$build/corpus/$harness" -type f | wc -l)
  printf '%-14s %12d %10d %10d\n' "$harness" "$executions" "$coverage" "$corpus"
  total=$((total + executions))
done
echo "$total executions"
