# Sourced by demo.sh: makes the CA, writes the configurations and starts the programs of the demo fleet. Uses its variables
# bin, lib, data, state, gpus, speed, headless and the list pids.

# start NAME COMMAND…: in the background, log in $state/log/NAME.log; the lock is not inherited.
declare -A program_of
start() {
  local name=$1
  shift
  "$@" >"$state/log/$name.log" 2>&1 8>&- &
  pids+=("$!")
  program_of[$!]=$name
}

# Ends the demo when one of its programs died.
check_programs() {
  local pid
  for pid in "${!program_of[@]}"; do
    kill -0 "$pid" 2>/dev/null && continue
    echo "demo.sh: ${program_of[$pid]} ended unexpectedly; the end of $state/log/${program_of[$pid]}.log:" >&2
    tail -5 "$state/log/${program_of[$pid]}.log" >&2
    exit 1
  done
}

issue() { # KIND NAME OUT [OPTIONS]: a certificate, once a day (the demo's certificates live 2 days)
  local kind=$1 name=$2 out=$state/pki/issued/$3
  shift 3
  # A controller's shows its chain up to the root (3 certificates), for the enrolment port.
  local chain=0
  [ "$kind" != controller ] || chain=3
  if [ -s "$out/cert.pem" ] && openssl x509 -in "$out/cert.pem" -noout -checkend 86400 >/dev/null 2>&1 && [ "$(grep -c 'BEGIN CERT' "$out/cert.pem")" -ge $chain ]; then return 0; fi
  "$bin/busbarctl" pki issue --dir "$state/pki" "$kind" "$name" --days 2 --out "$out" "$@" >/dev/null
}

demo_users="demo demo-approver demo-viewer demo-admin"
demo_roles="operator,planner,technician" # of demo; the others have the role of their name

make_pki() {
  live_name=$(hostname | tr -c 'A-Za-z0-9._\n-' '-' | cut -c1-63)
  [ -s "$state/pki/root.pem" ] || "$bin/busbarctl" pki init --dir "$state/pki" >/dev/null
  local site
  for site in pdx1 fra1; do
    issue controller "$site/c1" "controller-$site" --dns localhost --ip 127.0.0.1
    issue gateway "$site/g-" "gateway-$site"
  done
  issue node "fra1/$live_name" node-live
  issue node fra1/sim-agent-1 node-sim-1
  issue node fra1/sim-agent-2 node-sim-2
  local user
  for user in $demo_users; do issue user "$user" "user-$user"; done
}

tls() { printf 'ca = "%s/ca.pem"\ncert = "%s/cert.pem"\nkey = "%s/key.pem"\n' "$state/pki/issued/$1" "$state/pki/issued/$1" "$state/pki/issued/$1"; }

declare -A address
start_controllers() {
  local site
  for site in pdx1 fra1; do
    mkdir -p "$state/$site"
    { printf 'site = "%s"\nname = "c1"\nlisten = "127.0.0.1:0"\nenrol_listen = "127.0.0.1:0"\nstate = "%s/%s/state.db"\n' "$site" "$state" "$site"
      tls "controller-$site"
      printf 'site_ca_cert = "%s/pki/sites/%s/ca.pem"\nsite_ca_key = "%s/pki/sites/%s/ca.key"\n' "$state" "$site" "$state" "$site"
      printf '[roles]\ndemo = ["%s"]\ndemo-approver = ["operator"]\ndemo-viewer = ["viewer"]\ndemo-admin = ["admin"]\n' "${demo_roles//,/\", \"}"
    } >"$state/$site/controller.toml"
    start "controller-$site" "$bin/busbar-controller" --config "$state/$site/controller.toml"
  done
  for site in pdx1 fra1; do
    address[$site]=$(wait_for_line "controller-$site" '^listening on ' | sed 's/^listening on //')
  done
}

wait_for_line() { # NAME PATTERN: prints the first line of the log that matches; ends the demo when none comes in 20 s
  local log=$state/log/$1.log line
  for _ in $(seq 200); do
    line=$(grep -m1 -E "$2" "$log" 2>/dev/null) && { echo "$line"; return 0; }
    sleep 0.1
  done
  echo "demo.sh: $1 did not start; the end of $log:" >&2
  tail -5 "$log" >&2
  return 1
}

agent_config() { # NODE CERT SETTINGS TERMINATE RACK UNIT [simulated]
  mkdir -p "$state/agents/$2"
  printf 'node = "%s"\ncontrollers = ["%s"]\nstate = "%s/agents/%s"\n' "$1" "${address[fra1]}" "$state" "$2"
  tls "$2"
  printf '[policy]\nsettings = "%s"\nterminate = "%s"\n' "$3" "$4"
  # The kernels run on this machine's CPU there: full load is held for 5 s instead of 45.
  [ -z "${7:-}" ] || printf '[driver]\nnvml = "%s/libfake_nvml.so"\ncuda = "%s/libfake_cuda.so"\n[burn_in]\nquick_hold_seconds = 5\n' "$lib" "$lib"
  printf '[place]\nhall = "h1"\nrow = "a01"\nrack = "%s"\nunit = %s\nleaf = "a01-lf1"\npdu = "a01-p1"\n' "$5" "$6"
}

sim_model="H100 (simulated, 1.7 GB)"
start_agents() {
  agent_config "fra1/$live_name" node-live read-only never r01 1 >"$state/agent-live.toml"
  start agent-live "$bin/busbar-agent" --config "$state/agent-live.toml"
  local i driver
  for i in 1 2; do
    agent_config "fra1/sim-agent-$i" "node-sim-$i" allowed holders r01 $((i * 8 + 2)) simulated >"$state/agent-sim-$i.toml"
    driver=$state/agents/node-sim-$i/driver.json
    # Memory of a simulated GPU is this machine's, so it is small, and its name says so. 1 GiB of it stays free in each test.
    grep -qs "$sim_model" "$driver" || BUSBAR_FAKE_DRIVER=$driver "$bin/fake_driverctl" gpus 4 "$sim_model" 1700
    start "agent-sim-$i" env "BUSBAR_FAKE_DRIVER=$driver" "$bin/busbar-agent" --config "$state/agent-sim-$i.toml"
  done
}

replay_config() { # SITE MODE
  printf 'mode = "%s"\nsite = "%s"\ncontroller = "%s"\nprefix = "g-"\nseed = 7\nspeed = %s\nconnections = 4\nloop = true\nstate = "%s/%s/replay"\n' "$2" "$1" "${address[$1]}" "$speed" "$state" "$1"
  tls "gateway-$1"
  if [ "$2" = trace ]; then printf 'data = "%s"\n' "$data"; else printf 'gpus = %s\n' "$gpus"; fi
}

start_replay() {
  local mode=trace
  if [ ! -r "$data/traces/openb_node_list_gpu_node.csv.gz" ]; then
    mode=simulate
    echo "No recorded data at $data (set BUSBAR_DATA): site pdx1 is simulated too."
  fi
  mkdir -p "$state/pdx1/replay" "$state/fra1/replay"
  replay_config pdx1 $mode >"$state/pdx1/replay.toml"
  replay_config fra1 simulate >"$state/fra1/replay.toml"
  start replay-pdx1 "$bin/busbar-replay" --config "$state/pdx1/replay.toml"
  start replay-fra1 "$bin/busbar-replay" --config "$state/fra1/replay.toml"
}

write_profiles() {
  local user
  for user in $demo_users; do
    { tls "user-$user"
      printf '[[site]]\nname = "pdx1"\ntitle = "Portland"\naddress = "%s"\n[[site]]\nname = "fra1"\ntitle = "Frankfurt"\naddress = "%s"\n' "${address[pdx1]}" "${address[fra1]}"
    } >"$state/config/profiles/$user.toml"
  done
}

# A state folder of an earlier demo has its roles already; [roles] of the configuration fill an empty store only.
renew_roles() {
  local site
  for site in pdx1 fra1; do
    grep -q "user 'demo' has the roles" "$state/log/controller-$site.log" || continue
    BUSBAR_CONFIG="$state/config" "$bin/busbarctl" --profile demo-admin access set demo --site $site --roles $demo_roles --reason 'roles of the newer demo' 8>&-
  done
}

wait_for_data() {
  for _ in $(seq 60); do
    check_programs
    # Into a file: under pipefail a grep that stops reading early would fail the writer.
    BUSBAR_CONFIG="$state/config" "$bin/busbarctl" --profile demo -o json nodes >"$state/log/nodes.json" 2>/dev/null 8>&- || true
    if grep -q '"connected"' "$state/log/nodes.json"; then return 0; fi
    sleep 0.5
  done
  echo "demo.sh: no node reached the controllers within 30 s; logs are in $state/log" >&2
  return 1
}

virtual=0
start_display() {
  if [ $headless = 0 ] && { [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; }; then return 0; fi
  virtual=1
  rm -f "$state/display"
  Xvfb -displayfd 7 -screen 0 1920x1080x24 -nolisten tcp 7>"$state/display" >"$state/log/xvfb.log" 2>&1 8>&- &
  pids+=("$!")
  for _ in $(seq 50); do [ -s "$state/display" ] && break; sleep 0.1; done
  [ -s "$state/display" ] || { echo "demo.sh: the virtual display did not start; see $state/log/xvfb.log" >&2; return 1; }
  export DISPLAY=":$(cat "$state/display")" QT_QPA_PLATFORM=xcb
  unset WAYLAND_DISPLAY
}

# One drain and its return, so that the pictures of the actions show proof of real ones.
show_an_action() {
  local verb
  for verb in drain return; do
    BUSBAR_CONFIG="$state/config" "$bin/busbarctl" --profile demo "$verb" fra1/sim-agent-2 --reason 'demo: shows an action and its proof' --yes --wait --timeout 30s >"$state/log/action.log" 2>&1 8>&- ||
      echo "demo.sh: $verb of fra1/sim-agent-2: $(tail -1 "$state/log/action.log")" >&2
  done
}

take_screenshots() { # DIR
  mkdir -p "$1"
  show_an_action
  local view file
  for view in overview heatmap nodes node:fra1/sim-agent-1 "node:fra1/$live_name" actions; do
    file="$1/$(echo "$view" | tr ':/' '--').png"
    BUSBAR_CONFIG="$state/config" "$bin/busbar" --profile demo --view "$view" --capture "$file" 2>"$state/log/capture.log" 8>&- &
    pids+=("$!")
    if wait "$!"; then # interrupted by a signal at once, unlike a command in the foreground
      echo "Picture: $file"
    else
      echo "demo.sh: no picture of $view: $(tail -1 "$state/log/capture.log")" >&2
    fi
  done
}
