#!/usr/bin/env bash
# Sets up, builds and runs every test; with CI=true warnings are errors. The last lines are ctest's summary.
set -euo pipefail
cd "$(dirname "$0")/.."
source jobs/setup.sh

install_missing $acrtc_packages $acrtc_test_packages
build all -DACRTC_TESTS=ON -DACRTC_WERROR="$([[ ${CI:-} == true ]] && echo ON || echo OFF)"
ctest --preset release -j "$(nproc)" "$@"
