#!/usr/bin/env bash
# Installs what is needed, builds the release preset and runs every test. Safe to run again and from any directory.
#
# usage: packaging/test.sh [CTEST OPTIONS…]     e.g. packaging/test.sh -R codec
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. packaging/packages.sh
busbar_install_packages
busbar_build
export BUSBAR_DATA="${BUSBAR_DATA:-$(pwd)/../shared/data}"
exec ctest --preset release -j2 --timeout 300 "$@"
