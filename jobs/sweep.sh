#!/usr/bin/env bash
# Trains one configuration at every strength x window x format, one log each; points that are finished are skipped,
# one that was interrupted goes on.
#   jobs/sweep.sh CONFIG FOLDER [OPTION...]    a file or the name of one that ships; options go to acrtc train
#   jobs/sweep.sh --smoke
set -euo pipefail
strengths=${STRENGTHS:-"0 1 2 3 4 5"} windows=${WINDOWS:-"4 8 16"} formats=${FORMATS:-"bf16 fp16"}
ranks=${RANKS:-2}
source "$(dirname "$0")/setup.sh"
acrtc=$(find_acrtc)

if [[ ${1:-} == --smoke ]]; then
  strengths="0 4" windows="4" formats="bf16"
  set -- synthetic-lenet "$(mktemp -d)" --epochs 1 --set dataset.train_samples=512
fi
config=${1:?usage: jobs/sweep.sh CONFIG FOLDER [OPTION...]} folder=${2:?the folder for the logs is missing}
shift 2
mkdir -p "$folder"

# point NAME OPTION...: a log that is still being written has another name, so that one that exists is finished; a sweep
# that was ended goes on with it.
point() {
  local log="$folder/$1.h5"
  if [[ -e $log ]]; then echo "$log: finished before"; return; fi
  mpirun --oversubscribe -n "$ranks" "$acrtc" train --config "$config" --out "$folder/$1.part.h5" --resume=auto \
    --weights "$folder/weights/$1.h5" --progress lines "${@:2}"
  mv "$folder/$1.part.h5" "$log"
  rm -rf "$folder/$1.part.checkpoints"
}

for format in $formats; do
  point "dense-$format" --set reuse.scheme=dense --set reuse.format="$format" "$@"
  for window in $windows; do
    for strength in $strengths; do
      point "acrtc-$format-w$window-s$strength" --set reuse.format="$format" --set reuse.window="$window" \
        --set control.policy=fixed --set control.strength="$strength" "$@"
    done
  done
done
"$acrtc" compare "$folder"/dense-*.h5 "$folder"/acrtc-*.h5
