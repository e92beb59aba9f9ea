#!/usr/bin/env bash
# Builds the node bundle: the programs that prove a node, with every library they need beside them, for any x86-64 Linux with a kernel of
# 3.2 or newer. Unpack it anywhere and run packaging/prove-gpu.sh in it.
#
# usage: packaging/bundle.sh [--out FILE]     FILE ends in .tar.zst (default: build/busbar-node-bundle.tar.zst) or, for machines without
#                                             zstd, in .tar.gz
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. packaging/packages.sh
out=$(pwd)/build/busbar-node-bundle.tar.zst
while [ $# -gt 0 ]; do
  case $1 in
    --out) [ -n "${2:-}" ] || { echo "bundle.sh: --out needs a file" >&2; exit 2; }; out=$(realpath -m "$2"); shift;;
    -h|--help) sed -n '5,6p' "$0" | sed 's/^# \{0,1\}//'; exit 0;;
    *) echo "bundle.sh: unknown option '$1'" >&2; exit 2;;
  esac
  shift
done
case $out in
  *.tar.zst) generator=TZST suffix=.tar.zst;;
  *.tar.gz) generator=TGZ suffix=.tar.gz;;
  *) echo "bundle.sh: $out ends neither in .tar.zst nor in .tar.gz" >&2; exit 2;;
esac

busbar_install_packages
busbar_build busbar-agent busbar-controller busbarctl busbar-gpu-test busbar-gpu-load fake_nvml fake_cuda fake_driverctl
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpack --config build/release/CPackConfig.cmake -G $generator -B "$work" -D CPACK_COMPONENTS_ALL=busbar-node-bundle -D CPACK_ARCHIVE_COMPONENT_INSTALL=ON \
  -D CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY=ON -D CPACK_ARCHIVE_FILE_NAME=busbar-node-bundle -D CPACK_PACKAGE_FILE_NAME=busbar-node-bundle -D CPACK_STRIP_FILES=ON \
  >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; exit 1; }
mkdir -p "$(dirname "$out")"
made=("$work"/busbar-node-bundle*"$suffix")
[ "$(stat -c %s "${made[0]}")" -le $((50 * 1024 * 1024)) ] || { echo "the bundle is larger than 50 MB, which is what a node is sent at most" >&2; exit 1; }
mv "${made[0]}" "$out"
echo "$out: $(du -h --apparent-size "$out" | cut -f1)"
