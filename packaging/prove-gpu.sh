#!/usr/bin/env bash
# Proves on this machine's GPUs that Busbar's verbs do real work: starts a CA, a controller and an agent on loopback, then drains, leases and
# provisions this node with busbarctl, kills the agent in the middle of a scrub, and writes down what was read back. Needs bash, coreutils
# and NVIDIA's driver; no root. Changes no setting of a GPU and touches nobody's processes but its own.
#
# usage: prove-gpu.sh [--simulated] [--out DIR] [--only VERB]… [--seconds N] [--hold N] [--fault WORDS]…
#   --simulated    on the simulated driver libraries instead of this machine's driver
#   --out DIR      where proof.json, proof.md, telemetry and logs go (default: ./busbar-proof): a new or empty folder, or one with an older
#                  proof, which is replaced
#   --only VERB    inventory, drain, lease, provision or kill; may be given more than once (default: all, in this order). What the node is and
#                  what its agent may do is read first in any case
#   --seconds N    longest time of it all (default 480, simulated 180); what it leaves out is told as not shown
#   --hold N       seconds of full load in burn-in, 1 to 240 (default 45, simulated 2)
#   --fault WORDS  with --simulated: a fault, in fake_driverctl's words, e.g. 'set 0 hbm_gbps 900': the proof must not pass
# In the environment: BUSBAR_BIN, the folder of the programs, where they lie neither beside this script nor in the build of its sources.
# Exit code: 0 all passed, 1 something failed, 5 something could not be shown, 2 usage, 130 interrupted: what was shown until then is kept.
set -uo pipefail
umask 022
home=$(dirname "$(readlink -f "$0")")
verbs=(inventory drain lease provision kill)
simulated=0 out=busbar-proof seconds="" hold="" only=() faults=()
usage() {
  local line number=0
  while IFS= read -r line; do
    number=$((number + 1))
    [[ $line == "#"* ]] || break
    [ $number -lt 6 ] || echo "${line#\# }"
  done <"$0"
}
die() { echo "prove-gpu.sh: $1" >&2; exit "${2:-1}"; }
take_number() { # MOST OPTION WORD
  [[ $3 =~ ^0*([1-9][0-9]{0,4})$ ]] && [ "${BASH_REMATCH[1]}" -le "$1" ] || die "$2 needs a whole number from 1 to $1, not '$3'" 2
  printf -v "${2#--}" %s "${BASH_REMATCH[1]}" # Without leading zeros: to bash they mean octal.
}
while [ $# -gt 0 ]; do
  case $1 in
    --simulated) simulated=1;;
    --seconds) take_number 86400 "$1" "${2:-}"; shift;;
    --hold) take_number 240 "$1" "${2:-}"; shift;; # The agent's configuration takes no more.
    --out) [ -n "${2:-}" ] || die "--out needs a directory" 2; out=$2; shift;;
    --only) case " ${verbs[*]} " in *" ${2:-} "*) only+=("$2"); shift;; *) die "--only knows ${verbs[*]}, not '${2:-}'" 2;; esac;;
    --fault) [ -n "${2:-}" ] || die "--fault needs words of fake_driverctl" 2; faults+=("$2"); shift;;
    -h|--help) usage; exit 0;;
    *) die "unknown option '$1', see --help" 2;;
  esac
  shift
done
[ $simulated = 1 ] || [ ${#faults[@]} = 0 ] || die "--fault is for --simulated only" 2
[ ${#only[@]} -gt 0 ] || only=("${verbs[@]}")
: "${seconds:=$([ $simulated = 1 ] && echo 180 || echo 480)}" "${hold:=$([ $simulated = 1 ] && echo 2 || echo 45)}"

# The programs: of the bundle or an installation that this script is part of, or of the build beside the sources.
bin=""
for folder in "${BUSBAR_BIN:-}" "$home/../bin" "$home/../../bin" "$home/../build/release/bin"; do
  if [ -n "$folder" ] && [ -x "$folder/busbar-agent" ]; then bin=$(readlink -f "$folder"); break; fi
done
[ -n "$bin" ] || die "no programs found beside $home: make the bundle with packaging/bundle.sh, or build the preset release"
needed=(busbarctl busbar-controller busbar-gpu-load) missing=() part=""
[ $simulated = 0 ] || needed+=(fake_driverctl)
for program in "${needed[@]}"; do [ -x "$bin/$program" ] || missing+=("$program"); done
[ $simulated = 0 ] || for program in fake_nvml fake_cuda; do [ -e "$bin/../lib/simulated/lib$program.so" ] || [ -e "$bin/../lib/lib$program.so" ] || missing+=("$program"); done
[ ${#missing[@]} = 0 ] || die "not there beside $bin: ${missing[*]}. In a build: cmake --build --preset release --target ${missing[*]}"
node=proof/this-node
out=$(readlink -m "$out")
# Only what a proof of ours left is replaced.
[ -e "$out/proof.json" ] || [ -e "$out/proof.md" ] || [ -z "$(ls -A "$out" 2>/dev/null)" ] || die "$out holds files that are no proof: give an empty or a new folder with --out" 2
mkdir -p "$out" && rm -rf "$out/parts" "$out/log" "$out"/proof.json "$out"/proof.md "$out/evidence" "$out"/telemetry.* && mkdir "$out/parts" "$out/log" || die "cannot write to $out: give another --out"
state=$(mktemp -d) || die "no temporary folder: set TMPDIR"
export BUSBAR_CONFIG=$state/config CUDA_CACHE_PATH=$state/cuda-cache
begun=$SECONDS

left() { # MAX: seconds that a wait may take, at least 1
  local rest=$((seconds - (SECONDS - begun)))
  [ $rest -le "$1" ] || rest=$1
  [ $rest -ge 1 ] || rest=1
  echo $rest
}
time_is_over() { [ $((SECONDS - begun)) -ge "$seconds" ]; }
note() { printf '%s\t%s\n' "$2" "${*:3}" >>"$1/notes"; } # FOLDER KEY WORDS…
# In the background, because a signal ends bash's wait for that at once, and `finish` then ends busbarctl.
ctl() {
  timeout -k 5 "$(left 330)" "$bin/busbarctl" --profile prover "$@" 3>&- &
  wait $!
}
last_line() { local line; line=$(tail -n 1 "$1" 2>/dev/null); echo "${line:-nothing was said}"; }
field() { local pattern="\"$2\": \"([^\"]*)\""; [[ $(cat "$1" 2>/dev/null) =~ $pattern ]] && echo "${BASH_REMATCH[1]}"; } # FILE KEY: first one

declare -A pid_of=()
start() { # NAME COMMAND…
  "${@:2}" >>"$out/log/$1.log" 2>&1 3>&- &
  pid_of[$1]=$!
}
stop() { # NAME [TENTHS OF A SECOND]: asks, then kills
  local pid=${pid_of[$1]:-} i
  [ -n "$pid" ] || return 0
  unset "pid_of[$1]"
  kill "$pid" 2>/dev/null
  for ((i = 0; i < ${2:-50}; i++)); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -KILL "$pid" 2>/dev/null
  for ((i = 0; i < 20; i++)); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done # One that hangs in the driver cannot be killed, nor waited for.
  kill -0 "$pid" 2>/dev/null || wait "$pid" 2>/dev/null
}
exec 3>&1 # A trap runs with the redirections of what it interrupted.
finished=0
finish() {
  local code=$? name patience=50 job ending="it was ended before its end"
  [ $code != 130 ] || ending="it was interrupted" # By the code: some signals end bash without its trap for them.
  trap - EXIT
  trap '' INT TERM HUP # What removes the keys is not to be cut off itself.
  [ $finished = 1 ] || patience=15
  for job in $(jobs -p); do kill "$job" 2>/dev/null; done # All at once; then each is waited for.
  for name in telemetry load agent controller; do stop $name $patience; done
  rm -rf "$state"
  [ -e "$out/parts/notes" ] || rmdir "$out/log" "$out/parts" "$out" 2>/dev/null # Nothing was begun.
  if [ $finished = 0 ] && [ -e "$out/parts/notes" ]; then
    if [ -n "$part" ]; then
      note "$part" cut_off "$ending"
      note "$part" seconds $((SECONDS - verb_begun))
    fi
    note "$out/parts" trouble "$ending"
    note "$out/parts" seconds $((SECONDS - begun))
    compose >&3
    echo "$ending: $out/proof.md and proof.json tell what was shown until then" >&3
  fi
  exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

compose() { "$bin/busbarctl" proof "$out"; }

wait_for() { # SECONDS COMMAND…: until it succeeds
  local end=$((SECONDS + $(left "$1")))
  until "${@:2}"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}
has() { [[ $(cat "$1" 2>/dev/null) == *"$2"* ]]; } # FILE WORDS

tls() { printf 'ca = "%s/ca.pem"\ncert = "%s/cert.pem"\nkey = "%s/key.pem"\n' "$state/$1" "$state/$1" "$state/$1"; }
issue() { "$bin/busbarctl" pki issue --dir "$state/pki" --days 1 --out "$state/$3" "$1" "$2" "${@:4}" >/dev/null; } # KIND NAME FOLDER OPTIONS…

use_simulation() {
  local lib="" folder words
  for folder in "$bin/../lib/simulated" "$bin/../lib"; do [ ! -e "$folder/libfake_nvml.so" ] || { lib=$(readlink -f "$folder"); break; }; done
  nvml=$lib/libfake_nvml.so cuda=$lib/libfake_cuda.so
  export BUSBAR_FAKE_DRIVER=$state/driver.json
  "$bin/fake_driverctl" gpus 1 "NVIDIA H200" 2048 || die "the simulated driver cannot be set up"
  for words in ${faults[@]+"${faults[@]}"}; do
    IFS=' ' read -r -a words <<<"$words"
    "$bin/fake_driverctl" "${words[@]}" || die "--fault '${words[*]}' is not understood" 2
  done
}

agent_config() { # [SCRUB ROUNDS]
  printf 'node = "%s"\ncontrollers = ["%s"]\nstate = "%s/agent"\n' "$node" "$address" "$state"
  tls node
  printf '[policy]\nsettings = "read-only"\nterminate = "never"\n[burn_in]\nquick_hold_seconds = %s\n' "$hold"
  [ -z "${1:-}" ] || printf '[scrub]\nrounds = %s\n' "$1"
  [ -z "$nvml" ] || printf '[driver]\nnvml = "%s"\ncuda = "%s"\n' "$nvml" "$cuda"
}
start_agent() {
  agent_config "$@" >"$state/agent.toml"
  start agent "$bin/busbar-agent" --config "$state/agent.toml"
}
is_connected() { ctl -o json node $node >"$state/node.json" 2>"$state/node.err" && has "$state/node.json" '"link": "connected"' ; }

start_site() {
  "$bin/busbarctl" pki init --dir "$state/pki" >/dev/null && issue controller proof/c1 controller --dns localhost --ip 127.0.0.1 && issue node $node node && issue user prover user || return 1
  mkdir -p "$state/agent" "$state/config/profiles" "$out/evidence"
  cp "$state/pki/root.pem" "$out/evidence/" # The CA itself goes when this ends.
  { printf 'site = "proof"\nname = "c1"\nlisten = "127.0.0.1:0"\nstate = "%s/state.db"\napproval = "none"\n' "$state"; tls controller; printf '[roles]\nprover = ["operator", "planner", "technician"]\n'; } >"$state/controller.toml"
  start controller "$bin/busbar-controller" --config "$state/controller.toml"
  wait_for 30 has "$out/log/controller.log" 'listening on ' || return 1
  address=$(cat "$out/log/controller.log")
  address=${address#*listening on }
  address=${address%%$'\n'*}
  { tls user; printf '[[site]]\nname = "proof"\naddress = "%s"\n' "$address"; } >"$state/config/profiles/prover.toml"
  start_agent
  wait_for 60 is_connected
}

. "$home/prove_verbs.sh"

nvml="" cuda="" address="" gpu="" load_mib=1024 scrub_rounds=100 gpu_devices=/dev/nvidia
if [ $simulated = 1 ]; then
  use_simulation
  load_mib=64 scrub_rounds=12 gpu_devices=$state/no-devices # Simulated GPUs have none, and the machine's own GPUs are not meant.
fi
note "$out/parts" simulated $simulated
note "$out/parts" limit_seconds "$seconds"
note "$out/parts" verbs "${only[*]}"
note "$out/parts" started "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)"
if start_site; then
  read_node "$out/parts"
elif time_is_over; then
  note "$out/parts" trouble "the limit of $seconds s was over before the site on loopback had started"
  only=()
else
  note "$out/parts" trouble "the site on loopback did not start: $(last_line "$out/log/controller.log"); agent: $(last_line "$out/log/agent.log")"
  only=()
fi

for verb in ${only[@]+"${only[@]}"}; do
  verb_begun=$SECONDS
  mkdir -p "$out/parts/$verb"
  part=$out/parts/$verb
  note "$part" started "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)"
  echo "$verb …"
  if time_is_over; then
    could_not "$part" "the limit of $seconds s was over before it began"
  else
    { [ "$verb" = inventory ] || may_use_gpus "$part"; } && "prove_$verb" "$part"
    export_evidence "$verb" "$part"
    ! time_is_over || note "$part" cut_off "the limit of $seconds s was over"
  fi
  note "$part" seconds $((SECONDS - verb_begun))
  part=""
  compose >/dev/null # What is proven stays proven, whatever comes next.
done
note "$out/parts" seconds $((SECONDS - begun))
finished=1
compose
code=$?
echo "$out/proof.md and proof.json tell it all; logs are in $out/log"
exit $code
