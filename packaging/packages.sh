# Sourced by demo.sh and test.sh: installs the Debian 12 packages that building, testing and the demo need. Quiet, and a no-op when all
# are there. Needs root or sudo only when something is missing.

busbar_packages="cmake ninja-build g++ clang-16 ccache mold pkg-config git ca-certificates
  qt6-base-dev qt6-charts-dev libqt6opengl6-dev qt6-svg-dev qt6-qpa-plugins libgl-dev libxkbcommon-dev
  libgrpc++-dev protobuf-compiler-grpc libprotobuf-dev protobuf-compiler libabsl-dev
  libssl-dev libsqlite3-dev libzstd-dev zlib1g-dev libre2-dev nlohmann-json3-dev libtomlplusplus-dev libcli11-dev
  libspdlog-dev libfmt-dev libsystemd-dev libbenchmark-dev librapidcheck-dev
  fonts-noto-core fonts-noto-mono xvfb xauth openssl sqlite3 procps"

busbar_install_packages() {
  local missing="" package sudo=""
  for package in $busbar_packages; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || sudo=sudo
  if [ -n "$sudo" ] && ! command -v sudo >/dev/null; then
    echo "These packages are missing and neither root nor sudo is at hand:$missing" >&2
    return 1
  fi
  echo "Installing $(echo "$missing" | wc -w) Debian packages …"
  local log
  log=$(mktemp)
  if ! { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    echo "apt-get failed; its whole output is in $log" >&2
    return 1
  fi
  rm -f "$log"
}

# busbar_build [TARGETS…]: configures and builds the release preset, all of it unless targets are named; prints only what went wrong.
busbar_build() {
  local log
  log=$(mktemp)
  echo "Building (release) …"
  if ! { cmake --preset release && cmake --build --preset release ${1:+--target "$@"}; } >"$log" 2>&1; then
    grep -E 'error|FAILED|CMake Error' -A 5 "$log" | head -60 >&2 || true
    echo "The build failed; its whole output is in $log" >&2
    return 1
  fi
  rm -f "$log"
}
