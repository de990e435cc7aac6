#!/bin/bash
# runc, on a kernel that gives every cgroup its own real-time budget (CONFIG_RT_GROUP_SCHED): zero, so
# that no pod gets the real-time class. Debian's kernels are built without it. Keepalived's containers
# get a budget here, and their nodes are as Debian's are (ADR 14).
cgroups=/sys/fs/cgroup/cpu
runtime=cpu.rt_runtime_us

# Every cgroup from the node's down to the container's, parents first: none may have more than its parent.
# A pod gets half of what its node has, so that two pools find room. Where the node itself has none,
# because another lab took it, nothing is given, and Keepalived says so.
allow() {
  local budget path=$cgroups name
  budget=$(cat "$cgroups/$runtime")
  for name in ${1//\// }; do
    path=$path/$name
    case $name in pod*) budget=$((budget / 2)) ;; esac
    echo "$budget" > "$path/$runtime" || return
  done
}

/usr/sbin/runc "$@" || exit
while [ $# -gt 0 ] && [ "$1" != --bundle ]; do shift; done
specification=${2:-}/config.json
grep -q '"io.kubernetes.cri.container-name": *"keepalived"' "$specification" 2> /dev/null || exit 0
allow "$(grep -o '"cgroupsPath": *"[^"]*"' "$specification" | cut -d '"' -f 4)" 2> /dev/null || true
