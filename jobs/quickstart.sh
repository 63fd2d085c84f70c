#!/usr/bin/env bash
# The first run: sets up, builds, trains LeNet on Fashion-MNIST on four emulated accelerators, dense and with reuse,
# and prints what reuse saved.
#   jobs/quickstart.sh            all of Fashion-MNIST, a few minutes
#   jobs/quickstart.sh --smoke    its first samples only, seconds
set -euo pipefail
cd "$(dirname "$0")/.."
source jobs/setup.sh

ranks=2 nodes=4 epochs=2
limits=()
out=runs/quickstart-$(date +%Y%m%d-%H%M%S)
if [[ ${1:-} == --smoke ]]; then
  epochs=1 limits=(--set dataset.limit_train=2048 --set dataset.limit_test=512) out=$(mktemp -d)
fi

if [[ -z ${ACRTC:-} ]]; then  # ACRTC=PROGRAM takes a program that is there
  install_missing $acrtc_packages
  build acrtc -DACRTC_TESTS=OFF
fi
acrtc=${ACRTC:-build/release/acrtc}
progress=lines
if [[ -t 2 ]]; then progress=bar; fi

train() {
  mpirun --oversubscribe -n "$ranks" "$acrtc" train --config configs/fashion-mnist-lenet.toml \
    --nodes "$nodes" --epochs "$epochs" --progress "$progress" "${limits[@]}" "$@"
}
train --set reuse.scheme=dense --out "$out/dense.h5"
train --out "$out/acrtc.h5"
"$acrtc" report "$out/acrtc.h5"
"$acrtc" compare "$out/dense.h5" "$out/acrtc.h5"
echo "The logs are in $out."
