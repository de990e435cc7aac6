#!/bin/sh
# Removes a lab when its owner dies without doing so (SIGKILL, a closed terminal): $1 = the owner's pid, $2 = its start
# time in clock ticks, $3 = the lab's id, the rest = the command that removes it.
owner=$1
start=$2
FAIRLEAD_LAB_WATCHER=$3
export FAIRLEAD_LAB_WATCHER
shift 3
alive() {
  [ -r "/proc/$owner/stat" ] || return 1
  # proc(5): the name in parentheses may hold blanks; after it comes the state, and the 20th field is the start time.
  read -r line < "/proc/$owner/stat" || return 1
  # shellcheck disable=SC2086
  set -- ${line##*) }
  [ "$1" != Z ] && [ "${20}" = "$start" ]
}
while alive; do
  sleep 0.5
done
exec "$@"
