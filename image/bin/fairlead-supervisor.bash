# Shared by the supervisors of HAProxy and Keepalived; sourced, never run. Both containers see the same directories as
# the agent: RUN (tmpfs) holds what runs, KEEP (disk) the last good files. Nothing here needs the agent or the API.
set -u

pool=${1:?the name of the pool is missing}
RUN=/run/fairlead/$pool
KEEP=/var/lib/fairlead/$pool
TRACK=$RUN/keepalived/track
child=
stopping=

say() { printf '%s fairlead: %s\n' "${0##*/}" "$*"; }

# prepare DIRECTORY FILE: the run directory, its FIFO, and after a reboot the last good configuration.
prepare() {
  umask 077
  mkdir -p "$RUN/haproxy" "$RUN/keepalived" "$TRACK"
  [ -p "$RUN/$1/command" ] || { rm -f "$RUN/$1/command"; mkfifo "$RUN/$1/command"; }
  if [ ! -e "$RUN/$1/$2" ] && [ -e "$KEEP/$2" ]; then
    # Written beside and renamed: the agent must never see half a file.
    cp "$KEEP/$2" "$RUN/$1/$2.cold" && mv "$RUN/$1/$2.cold" "$RUN/$1/$2"
    say "cold start with the last good $2"
  fi
  # Open for reading and writing: no writer ever blocks, and a writer learns by ENXIO that nobody supervises any more.
  exec 3<>"$RUN/$1/command"
}

# pause SECONDS: sleeps in a way that a trapped signal ends at once.
pause() {
  sleep "$1" &
  wait $! 2>/dev/null
}

# await_child: waits for the daemon through any number of trapped signals; its status is in $status.
await_child() {
  while :; do
    wait "$child" && status=0 || status=$?
    kill -0 "$child" 2>/dev/null || return 0
  done
}

# back_off STARTED: 0.2 s doubling to 5 s; a daemon that ran for 10 s starts again from 0.2 s.
delay_ms=200
back_off() {
  [ $((SECONDS - $1)) -ge 10 ] && delay_ms=200
  pause "$((delay_ms / 1000)).$(printf '%03d' $((delay_ms % 1000)))"
  delay_ms=$((delay_ms * 2 > 5000 ? 5000 : delay_ms * 2))
}
