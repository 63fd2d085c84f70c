#!/usr/bin/env bash
# The first run: sets up, builds, trains LeNet on Fashion-MNIST on four emulated accelerators, dense and with reuse,
# and prints what reuse saved. Where acrtc is installed with this script, it sets up and builds nothing.
#   jobs/quickstart.sh            all of Fashion-MNIST, a few minutes
#   jobs/quickstart.sh --smoke    its first samples only, seconds
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/jobs/setup.sh"

ranks=2 nodes=4 epochs=2
limits=()
out=runs/quickstart-$(date +%Y%m%d-%H%M%S)
case $* in
  "") ;;
  --smoke) epochs=1 limits=(--set dataset.limit_train=2048 --set dataset.limit_test=512) out=$(mktemp -d) ;;
  *)
    echo "unknown option '$*'; usage: $0 [--smoke]" >&2
    exit 2
    ;;
esac

if [[ -f $root/CMakeLists.txt ]]; then  # else: installed
  cd "$root"
  if [[ -z ${ACRTC:-} ]]; then  # ACRTC=PROGRAM takes a program that is there
    install_missing $acrtc_packages
    build acrtc -DACRTC_TESTS=OFF
  fi
fi
acrtc=$(find_acrtc)
progress=lines
if [[ -t 2 ]]; then progress=bar; fi

train() {
  mpirun --oversubscribe -n "$ranks" "$acrtc" train --config fashion-mnist-lenet \
    --nodes "$nodes" --epochs "$epochs" --progress "$progress" "${limits[@]}" "$@"
}
train --set reuse.scheme=dense --out "$out/dense.h5" >/dev/null
train --out "$out/acrtc.h5"
"$acrtc" compare "$out/dense.h5" "$out/acrtc.h5"
echo "The logs are in $out."
