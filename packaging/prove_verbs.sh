# Sourced by prove-gpu.sh: what it does for each verb. A verb's function gets its folder, leaves there the JSON that busbarctl answered, and
# notes what only the script saw; `busbarctl proof` judges. Uses the script's variables bin, out, state, node, gpu, gpu_devices, cuda and its functions.

could_not() { # FOLDER WORDS…: why a part is missing
  note "$1" could_not "${*:2}"
  echo "  could not be shown: ${*:2}"
}

shows_gpus() { is_connected && [[ $(cat "$state/node.json") =~ '"temp": {'[[:space:]]*'"value"' ]]; }
# What the node is, whose libraries answer and what its agent may do: the head of every proof, whichever verbs are chosen.
read_node() { # FOLDER
  wait_for 30 shows_gpus # Readings come within the first seconds.
  has "$state/node.json" '"id"' && cp "$state/node.json" "$1/node.json"
}
prove_inventory() { read_node "$1" || could_not "$1" "the controller does not show the node: $(last_line "$state/node.err")"; }

# Before a verb: there are GPUs, and nobody uses them. Processes of others are never touched: this says so and leaves the verb out.
may_use_gpus() {
  if ! wait_for 30 shows_gpus; then
    could_not "$1" "no GPU can be read: $(field "$state/node.json" driver)"
    return 1
  fi
  gpu=$(field "$state/node.json" uuid)
  holder=""
  if wait_for 10 nobody_holds && wait_for 10 nobody_opened; then
    # A verb that failed on the GPUs leaves the node closed; the next one is to show for itself.
    [[ $(field "$state/node.json" service) != closed ]] || ctl return "$node" --reason "for the next verb" --yes --wait >>"$out/log/return.log" 2>&1
    wait_for 15 is_fit # What only was slow for a moment passes; what stays is for the plan to refuse.
    return 0
  fi
  could_not "$1" "a process of somebody else holds a GPU (${holder:-see node.json}): it is left alone, so nothing is done here"
  cp "$state/node.json" "$1/node.json"
  return 1
}
nobody_holds() { is_connected && has "$state/node.json" '"processes": []'; }
is_fit() { is_connected && [[ $(field "$state/node.json" health) == @(ok|watch) ]]; }
# Monitors are in no list of the driver, but a drain waits for them too. Our agent and the driver's daemons do not count; sets `holder`.
nobody_opened() {
  local folder program
  holder=""
  for folder in /proc/[0-9]*; do
    [ "$folder" != "/proc/${pid_of[agent]:-}" ] && has_device_open "$folder" || continue
    program=$(readlink "$folder/exe" 2>/dev/null)
    # Only where the agent takes them for the driver's own, else a drain would wait for them.
    [[ $program == /usr/@(|local/|local/nvidia/)@(bin|sbin)/@(nvidia-persistenced|nv-fabricmanager|nvidia-imex) ]] && has_host_files "$folder" "$program" && continue
    holder="${program:-a program} with pid ${folder#/proc/}"
    return 1
  done
}
# As the agent sees it: its mounts are ours or the first program's (which may not be readable), or what it runs is the very file of that path,
# on the host or in the driver's container.
has_host_files() { # FOLDER under /proc, PROGRAM
  local mounts
  mounts=$(readlink "$1/ns/mnt" 2>/dev/null) && [[ $mounts == "$(readlink /proc/self/ns/mnt)" || $mounts == "$(readlink /proc/1/ns/mnt 2>/dev/null)" ]] && return
  [ "$1/exe" -ef "$2" ] || [ "$1/exe" -ef "/run/nvidia/driver$2" ]
}
# The control file alone is opened by mere queries.
has_device_open() { [[ $(readlink "$1"/fd/* 2>/dev/null) == *"$gpu_devices"[0-9-]* ]]; } # FOLDER under /proc

# The id of an action; nothing for what a refused plan leaves.
action_of() { ! has "$1" '"cancel_requested"' || field "$1" id; }
# Why there is no action: what the plan says of the node, else what busbarctl complained of.
refusal() { # PLAN COMPLAINT
  local said
  said=$(field "$1" sentence)
  [[ $said == refused:* || $said == skipped:* ]] || said=$(last_line "$2")
  echo "${said#refused: }"
}

is_blocked() { ctl -o json action "$1" >"$2" 2>/dev/null; [[ $(cat "$2") =~ '"blocker_count": '[1-9] ]]; }
# A drain can only wait for what the machine shows: in the driver's list, with or without its pid, or by the devices it has open.
shows_load() { { is_connected && ! has "$state/node.json" '"processes": []'; } || has_device_open "/proc/$1"; }
load_began() { has "$out/log/load.log" 'computing on' || ! kill -0 "${pid_of[load]}" 2>/dev/null; }
# However it went, nothing of ours is left computing: the verbs after it would take it for somebody else's.
prove_drain() {
  drain_under_load "$1"
  stop load
}
drain_under_load() { # FOLDER
  local id pid
  start load "$bin/busbar-gpu-load" --gpu "$gpu" --memory "$load_mib" --seconds 240 ${cuda:+--cuda "$cuda"}
  pid=${pid_of[load]}
  note "$1" load_pid "$pid"
  wait_for 60 load_began
  if ! has "$out/log/load.log" 'computing on'; then
    could_not "$1" "no CUDA process of ours runs: $(last_line "$out/log/load.log")"
    return
  fi
  if ! wait_for 15 shows_load "$pid"; then
    could_not "$1" "this machine shows no process that computes: the driver lists none, and /proc does not tell who has its devices open"
    return
  fi
  ctl -o json drain $node --yes --deadline 5m --at-deadline wait --reason 'proof: drain while a process computes' >"$1/submitted.json" 2>"$1/complaint"
  id=$(action_of "$1/submitted.json")
  if [ -z "$id" ]; then
    could_not "$1" "the drain was refused: $(refusal "$1/submitted.json" "$1/complaint")"
    return
  fi
  wait_for 30 is_blocked "$id" "$1/blocked.json"
  end_load "$1" "$pid"
  ctl action "$id" --watch --timeout "$(left 60)s" >>"$out/log/drain.log" 2>&1 || ctl cancel "$id" >>"$out/log/drain.log" 2>&1
  ctl -o json action "$id" >"$1/drained.json" 2>>"$1/complaint"
  ctl -o json return $node --yes --wait --timeout "$(left 60)s" --reason 'proof: give the node back' >"$1/returned.json" 2>>"$1/complaint"
}

# Its own handler gives the memory back and ends it. Where a driver call does not return it cannot, and may not even be killed.
end_load() { # FOLDER PID
  kill -TERM "$2"
  if ! wait_for 20 is_gone "$2"; then
    stop load
    note "$1" load_exit "none: it did not end within 20 s, its driver call does not return"
    return
  fi
  unset 'pid_of[load]'
  wait "$2"
  note "$1" load_exit $?
}
is_gone() { ! kill -0 "$1" 2>/dev/null; }

prove_lease() {
  local words=($node --tenant proof --for 1h --compute-mode default) # A setting is asked for, to show what a read-only agent makes of it.
  ctl -o json lease "${words[@]}" --plan >"$1/plan.json" 2>"$1/complaint"
  ctl -o json lease "${words[@]}" --yes --wait --timeout "$(left 180)s" --reason 'proof: lease' >"$1/leased.json" 2>>"$1/complaint"
  if ! has "$1/leased.json" '"cancel_requested"'; then # No action: the plan was refused.
    could_not "$1" "the lease was refused: $(refusal "$1/leased.json" "$1/complaint")"
    rm -f "$1/leased.json"
    return
  fi
  release_node "$1"
}
release_node() {
  ctl -o json release $node --yes --wait --deadline 2m --at-deadline wait --timeout "$(left 150)s" --reason 'proof: the lease ended' >"$1/released.json" 2>>"$1/complaint"
}

prove_provision() {
  local id
  ctl -o json provision $node --burn-in quick --yes --reason 'proof: burn-in' >"$1/submitted.json" 2>"$1/complaint"
  id=$(action_of "$1/submitted.json")
  if [ -z "$id" ]; then
    could_not "$1" "provision was refused: $(refusal "$1/submitted.json" "$1/complaint")"
    return
  fi
  start telemetry timeout -k 5 "$(left 330)" "$bin/busbarctl" --profile prover record $node --hz 10 --until "$id" --out "$out/telemetry.ndjson.zst"
  ctl action "$id" --watch --timeout "$(left 320)s" >>"$out/log/provision.log" 2>&1
  ctl -o json action "$id" >"$1/provisioned.json" 2>>"$1/complaint"
  wait_for 10 telemetry_ended
  stop telemetry
  if [ -s "$out/telemetry.ndjson.zst" ]; then note "$1" telemetry telemetry.ndjson.zst; else note "$1" no_telemetry "$(last_line "$out/log/telemetry.log")"; fi
}
telemetry_ended() { ! kill -0 "${pid_of[telemetry]}" 2>/dev/null; }

# Is the scrub at work: its step runs and has told how far it is.
is_scrubbing() {
  ctl -o json action "$1" >"$2" 2>/dev/null
  [[ $(cat "$2") =~ '"kind": "scrub",'[[:space:]]*'"state": "running"' ]] && [[ $(cat "$2") =~ '"share": 0.'[0-9]*[1-9] ]]
}
# The process that computes for the agent: its child. Field 4 of stat, after the name in brackets, is the parent.
helper_of() {
  local stat words
  for stat in /proc/[0-9]*/stat; do
    { words=$(<"$stat"); } 2>/dev/null || continue
    [[ ${words##*) } == ?\ "$1 "* ]] && { stat=${stat#/proc/}; echo "${stat%/stat}"; return; }
  done
}
prove_kill() {
  local id agent=${pid_of[agent]:-}
  stop agent
  [ -z "$agent" ] || await_end "$1" "$agent" "being stopped" || return # Closing a real GPU takes its time.
  start_agent "$scrub_rounds" # So many that the scrub can be met in its middle.
  wait_for 30 nobody_holds || { could_not "$1" "the agent did not come back after a restart: $(last_line "$out/log/agent.log")"; return; }
  wait_for 15 is_fit
  ctl -o json lease $node --tenant proof --for 1h --yes --reason 'proof: the agent is killed in the middle of the scrub' >"$1/submitted.json" 2>"$1/complaint"
  id=$(action_of "$1/submitted.json")
  if [ -z "$id" ]; then
    could_not "$1" "the lease was refused: $(refusal "$1/submitted.json" "$1/complaint")"
    return
  fi
  if ! wait_for 60 is_scrubbing "$id" "$1/before.json"; then could_not "$1" "the scrub was never met at work"; else kill_agent "$1" || return; fi
  ctl action "$id" --watch --timeout "$(left 180)s" >>"$out/log/kill.log" 2>&1
  ctl -o json action "$id" >"$1/after.json" 2>>"$1/complaint"
  release_node "$1"
}
# Fails when an agent outlives its end: a second one beside it would meet its lock, and show nothing.
await_end() { # FOLDER PID WHAT-ENDS-IT
  { wait_for 20 is_gone "$2"; } 2>/dev/null && return # bash says there that it was killed.
  could_not "$1" "the agent did not end within 20 s of $3: its driver call does not return"
  return 1
}
kill_agent() { # FOLDER
  local agent=${pid_of[agent]} helper
  helper=$(helper_of "$agent")
  unset 'pid_of[agent]'
  kill -KILL "$agent"
  await_end "$1" "$agent" SIGKILL || return
  { wait "$agent"; } 2>/dev/null
  note "$1" agent_exit $?
  note "$1" agent_pid "$agent"
  note "$1" helper_pid "${helper:-0}"
  note "$1" killed "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)"
  start_agent "$scrub_rounds"
}

# The reports of each action's steps, signed by the agent, beside the root certificate, so that anybody can verify them later.
export_evidence() { # VERB FOLDER
  local name id exported=""
  for name in drained returned leased after released provisioned; do
    id=$(action_of "$2/$name.json")
    [ -n "$id" ] || continue
    if { mkdir -p "$out/evidence" && ctl evidence "$id" --out "$out/evidence/$1-$name.json"; } >>"$out/log/evidence.log" 2>&1; then
      exported+=${exported:+, }evidence/$1-$name.json
    else
      note "$2" not_exported "$name: $(last_line "$out/log/evidence.log")"
    fi
  done
  [ -z "$exported" ] || note "$2" exported "$exported"
}
