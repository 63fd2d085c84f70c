# Sourced by the scripts beside it and by tests/run.sh: what they need on a bare Debian 12. Installs missing packages
# (as root or with sudo), builds the release preset in the project's root, finds the program, and lets root run mpirun.

acrtc_packages="g++ cmake ninja-build pkg-config git ca-certificates openmpi-bin libopenmpi-dev libdnnl-dev
  ocl-icd-opencl-dev libhdf5-dev libhwy-dev librandom123-dev libcli11-dev libtomlplusplus-dev libfmt-dev
  nlohmann-json3-dev zlib1g-dev libturbojpeg0-dev dataset-fashion-mnist"
acrtc_test_packages="libgtest-dev libgmock-dev hdf5-tools python3 python3-h5py python3-numpy
  python3-pandas python3-matplotlib python3-jinja2"

# install_missing PACKAGE...
install_missing() {
  local missing=() package sudo=""
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then return; fi
  if ((EUID != 0)); then sudo="sudo"; fi
  echo "installing: ${missing[*]}" >&2
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# build TARGET CMAKE_OPTION...: build/release/TARGET, or everything for `all`
build() {
  cmake --preset release "${@:2}" >/dev/null
  cmake --build --preset release --target "$1" -j "$(nproc)"
}

# The program: ACRTC, else the one built here, the one installed with these scripts, or the one on the PATH.
find_acrtc() {
  local program programs=(build/release/acrtc "$(dirname "${BASH_SOURCE[0]}")/../../../bin/acrtc" acrtc)
  if [[ -n ${ACRTC:-} ]]; then programs=("$ACRTC"); fi
  for program in "${programs[@]}"; do
    if command -v "$program"; then return; fi
  done
  echo "there is no program '${ACRTC:-acrtc}'; build it, or say ACRTC=PROGRAM" >&2
  return 2
}

if ((EUID == 0)); then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
