#!/usr/bin/env bash
# Draws the paper's figures from logs: speed-up, energy saved and accuracy difference of each network, with their means.
#   analysis/paper.sh DIR [OPTION...]    trains by jobs/train.sbatch what DIR lacks; options go to acrtc train
#   analysis/paper.sh --smoke
# CONFIGS="a.toml b.toml" and SEEDS="1 2 3" choose the runs; a DIR that has all logs needs no program.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
configs=${CONFIGS:-"configs/fashion-mnist-lenet.toml configs/fashion-mnist-lenet-caffe.toml configs/fashion-mnist-mlp.toml"}
seeds=${SEEDS:-"1 2 3"} python=${PYTHON:-/usr/bin/python3}

if [[ ${1:-} == --smoke ]]; then
  configs=configs/synthetic-lenet.toml seeds="1 2"
  set -- "$(mktemp -d)" --epochs 1 --set dataset.train_samples=512
fi
mkdir -p "${1:?usage: analysis/paper.sh DIR [OPTION...]}"
folder=$(cd "$1" && pwd)
shift
cd "$here/.."

# point NAME CONFIG OPTION...: a log that is still being written has another name, so that one that exists is finished.
point() {
  local log="$folder/$1.h5"
  if [[ -e $log ]]; then echo "$log: finished before"; return; fi
  jobs/train.sbatch "$2" "$folder/$1.part.h5" --weights "$folder/weights/$1.h5" "${@:3}"
  mv "$folder/$1.part.h5" "$log"
  rm -rf "$folder/$1.part.checkpoints"  # nothing can go on from them any more
}

for config in $configs; do
  name=$(basename "$config" .toml)
  for seed in $seeds; do
    point "$name-dense-$seed" "$config" --seed "$seed" --set reuse.scheme=dense "$@"
    point "$name-acrtc-$seed" "$config" --seed "$seed" --set reuse.scheme=acrtc "$@"
  done
done
PYTHONPATH=$here "$python" -m acrtc_analysis paper "$folder" -o "$folder/paper"
