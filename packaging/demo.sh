#!/usr/bin/env bash
# Builds Busbar and runs the demo fleet: two sites with their controllers, a live agent for this very machine, two agents on the simulated
# driver library, thousands of replayed or simulated GPUs, and the console on top. Ctrl-C ends all of it. Safe to run again.
#
# usage: packaging/demo.sh [--headless] [--seconds N] [--gpus N] [--screenshots DIR] [--state DIR] [--speed N]
#   --headless          use a virtual display even when there is a real one
#   --seconds N         stop by itself after N seconds
#   --gpus N            GPUs of the simulated part of site fra1 (default 2048)
#   --screenshots DIR   write a picture of each view to DIR when data is there (after about 30 s, and after one drain and return of
#                       fra1/sim-agent-2), then go on
#   --state DIR         where CA, databases, logs and profiles live (default: $XDG_STATE_HOME/busbar-demo)
#   --speed N           trace seconds per second of the replayed site (default 60)
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. packaging/packages.sh
. packaging/demo_fleet.sh

usage() { sed -n '5,12p' "$0" | sed 's/^# \{0,1\}//'; }
number() { case "$2" in ''|*[!0-9]*) echo "demo.sh: $1 needs a whole number, not '$2'" >&2; exit 2;; esac; }
headless=0 seconds=0 gpus=2048 screenshots="" speed=60
state="${XDG_STATE_HOME:-$HOME/.local/state}/busbar-demo"
while [ $# -gt 0 ]; do
  case $1 in
    --headless) headless=1;;
    --seconds|--gpus|--speed) number "$1" "${2:-}"; printf -v "${1#--}" %s "$2"; shift;;
    --screenshots|--state) [ -n "${2:-}" ] || { echo "demo.sh: $1 needs a directory" >&2; exit 2; }; printf -v "${1#--}" %s "$(realpath -m "$2")"; shift;;
    -h|--help) usage; exit 0;;
    *) echo "demo.sh: unknown option '$1'" >&2; usage >&2; exit 2;;
  esac
  shift
done

busbar_install_packages
busbar_build busbar busbarctl busbar-controller busbar-agent busbar-replay busbar-gpu-test fake_nvml fake_cuda fake_driverctl
bin="$(pwd)/build/release/bin"
lib="$(pwd)/build/release/lib"
data="${BUSBAR_DATA:-$(realpath -m ../shared/data)}"

umask 077
mkdir -p "$state" "$state/log" "$state/config/profiles"
exec 8>"$state/lock"
flock -n 8 || { echo "demo.sh: a demo already runs with the state in $state (pid $(cat "$state/pid" 2>/dev/null || echo '?')): stop it first, or give another --state" >&2; exit 1; }
echo $$ >"$state/pid"

pids=() stopping=0 console=""
stop_all() {
  [ $stopping = 0 ] || return 0
  stopping=1
  local pid
  # The console goes first, while its display and its sites are there: it remembers its windows.
  if [ -n "$console" ] && kill "$console" 2>/dev/null; then
    for _ in $(seq 30); do kill -0 "$console" 2>/dev/null || break; sleep 0.1; done
  fi
  for pid in "${pids[@]:-}"; do [ -z "$pid" ] || kill "$pid" 2>/dev/null || true; done
  for _ in $(seq 50); do
    local alive=0
    for pid in "${pids[@]:-}"; do [ -z "$pid" ] || ! kill -0 "$pid" 2>/dev/null || alive=1; done
    [ $alive = 1 ] || break
    sleep 0.1
  done
  for pid in "${pids[@]:-}"; do [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true; done
  rm -f "$state/pid"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

make_pki
start_controllers
start_agents
start_replay
write_profiles
renew_roles
wait_for_data

ctl="BUSBAR_CONFIG=$state/config $bin/busbarctl --profile demo"
cat <<EOT

The demo fleet runs: sites pdx1 and fra1. State, logs and profiles: $state
  $ctl sites
  $ctl nodes --filter 'health!=ok'
  $ctl drain fra1/sim-agent-1 --reason 'try it' --wait
  $ctl lease fra1/sim-agent-2 --tenant acme --power-limit 600 --reason 'try it' --wait     # then: release, provision --burn-in quick
Profiles: demo (operator, planner, technician), demo-approver (operator), demo-viewer (only reads), demo-admin (admin). Ctrl-C stops everything.
EOT

start_display
if [ $virtual = 1 ] && [ -z "$screenshots" ]; then screenshots="$state/screenshots"; fi
# The demo's windows are remembered with the demo's state, not with the person's own.
export XDG_CONFIG_HOME="$state/config"
BUSBAR_CONFIG="$state/config" "$bin/busbar" --profile demo >"$state/log/console.log" 2>&1 8>&- &
console=$!
pids+=("$console")

# Pictures wait until charts have something to show, yet come in time.
pictures_at=$(($(date +%s) + (seconds > 0 && seconds < 60 ? seconds / 3 : 30)))
end=$((seconds > 0 ? $(date +%s) + seconds : 0))
while true; do
  if ! kill -0 "$console" 2>/dev/null; then
    if wait "$console"; then echo "The console was closed: stopping the demo."; exit 0; fi
    echo "demo.sh: the console ended unexpectedly; the end of $state/log/console.log:" >&2
    tail -5 "$state/log/console.log" >&2
    exit 1
  fi
  if [ $end -gt 0 ] && [ "$(date +%s)" -ge $end ]; then echo "$seconds seconds are over: stopping the demo."; exit 0; fi
  check_programs
  if [ -n "$screenshots" ] && [ "$(date +%s)" -ge "$pictures_at" ]; then
    take_screenshots "$screenshots"
    screenshots=""
  fi
  sleep 0.5
done
