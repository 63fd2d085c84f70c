#!/usr/bin/env bash
# What reuse saves and costs on natural images: cuts of ten photographs that Debian has, in the formats of CIFAR-10 and
# ImageNet, to be told apart by the photograph; each network dense and with reuse on paired seeds.
#   jobs/photos.sh [FOLDER]    minutes; logs that are finished are skipped. PHOTOS=FOLDER cuts other photographs (.jpg)
#   jobs/photos.sh --smoke     seconds
set -euo pipefail
cd "$(dirname "$0")/.."
source jobs/setup.sh

acrtc=$(find_acrtc)
ranks=${RANKS:-2} seeds=${SEEDS:-"1 2 3"} photos=${PHOTOS:-}
samples=4000 images=1200 out=${1:-runs/photos} short=()
if [[ ${1:-} == --smoke ]]; then
  seeds="1 2" samples=200 images=80 out=$(mktemp -d) short=(--epochs 1)
fi
mkdir -p "$out"

# collect FOLDER: ten photographs out of two packages, those that are PNG files as JPEG files
collect() {
  install_missing python3-skimage python3-sklearn netpbm libjpeg-turbo-progs
  local path
  mkdir "$1"
  for path in $(dpkg -L python3-skimage python3-sklearn | grep -E \
    '/(china|flower|hubble_deep_field|retina|rocket)\.jpg$|/(astronaut|chelsea|coffee|gravel|motorcycle_left)\.png$'); do
    if [[ $path == *.jpg ]]; then cp "$path" "$1"; else pngtopnm "$path" | cjpeg >"$1/$(basename "$path" .png).jpg"; fi
  done
}

# pairs NAME CONFIG OPTION...: dense and with reuse, and what the one is to the other
pairs() {
  local seed scheme log logs=()
  for seed in $seeds; do
    for scheme in dense acrtc; do
      log=$out/$1-$scheme-$seed.h5 logs+=("$out/$1-$scheme-$seed.h5")
      if [[ -e $log ]]; then continue; fi
      mpirun --oversubscribe -n "$ranks" "$acrtc" train --config "$2" --seed "$seed" --set reuse.scheme="$scheme" \
        --progress off --out "$log.part" --overwrite --weights "$out/weights/$1-$scheme-$seed.h5" "${@:3}" "${short[@]}" >/dev/null
      mv "$log.part" "$log"
    done
  done
  echo "== $1"
  "$acrtc" compare "${logs[@]}"
}

if [[ -z $photos && ! -d $out/photographs ]]; then collect "$out/photographs"; fi
photos=${photos:-$out/photographs}
if [[ ! -d $out/cifar10 ]]; then
  "$acrtc" synth cifar10 --photos "$photos" --samples "$samples" --out "$out/cifar10"
fi
if [[ ! -d $out/imagenet ]]; then
  "$acrtc" synth imagenet --photos "$photos" --samples "$images" --out "$out/imagenet" \
    --set classes=10 --set width=96 --set height=96
fi

pairs quick configs/cifar10-quick.toml --set dataset.directory="$out/cifar10"
pairs resnet20 configs/cifar10-resnet20.toml --set dataset.directory="$out/cifar10" --set train.epochs=4 \
  --set schedule.milestones=[3] --set schedule.warm_up_epochs=1
pairs alexnet configs/imagenet-alexnet.toml --set dataset.directory="$out/imagenet" --set dataset.size=67 \
  --set dataset.resize=72 --set network.width=0.25 --set network.normalization=batch --set train.nodes=4 \
  --set train.batch=8 --set train.epochs=10 --set schedule.milestones=[8]
