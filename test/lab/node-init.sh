#!/bin/bash
# Pid 1 of a node, in its own mount, pid, uts, ipc, cgroup and network namespaces.
# NODE: its name. NODE_FOLDER: its disk. LOG: prefix of its logs. KUBELET, KUBE_PROXY, CONTAINERD, CTR: programs.
set -e
hostname "$NODE"
mount --make-rslave /
# Sysfs of this network namespace: its own /sys/class/net.
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
  mkdir /sys/fs/cgroup/$controller
  mount -t cgroup -o $controller cgroup /sys/fs/cgroup/$controller
done
mkdir /sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
# A machine boots on CPUs of its own. Here they are shared: for its first seconds, when containerd and
# kubelet start, this node leaves them to the nodes that serve.
weight=/sys/fs/cgroup/cpu/cpu.shares
usual=$(cat "$weight")
echo 64 > "$weight"
(sleep 4; echo "$usual" > "$weight") &
# What a reboot loses.
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/lock /run/netns
# What a reboot keeps. The mount points stay on the machine, empty.
while read -r name target; do
  mkdir -p "$target" "$NODE_FOLDER/$name"
  mount --bind "$NODE_FOLDER/$name" "$target"
done <<FOLDERS
kubelet /var/lib/kubelet
containerd /var/lib/containerd
fairlead /var/lib/fairlead
cni-state /var/lib/cni
cni /etc/cni/net.d
pods /var/log/pods
containers /var/log/containers
FOLDERS
# The kubelet sets these of the whole machine; a file that already holds the value makes it write nothing.
while read -r name value; do
  file=/run/sysctl.$(basename "$name")
  echo "$value" > "$file"
  mount --bind "$file" "/proc/sys/$name"
done <<SYSCTLS
vm/overcommit_memory 1
kernel/panic 10
kernel/panic_on_oops 1
SYSCTLS
mount --make-rshared /

PATH=$(dirname "$CONTAINERD"):$PATH
export PATH
# As systemd does on a real node: what ends is started again. On a busy machine a kubelet gives up waiting for containerd.
keep() {
  log=$1
  shift
  while :; do
    "$@" >> "$log" 2>&1 || true
    sleep 0.5
  done
}
keep "$LOG.containerd.log" "$CONTAINERD" --config "$NODE_FOLDER/etc/containerd.toml" &
keep "$LOG.kube-proxy.log" "$KUBE_PROXY" --config "$NODE_FOLDER/etc/kube-proxy.json" &
for attempt in $(seq 200); do
  "$CTR" version > /dev/null 2>&1 && break
  sleep 0.1
done
keep "$LOG.kubelet.log" "$KUBELET" --config "$NODE_FOLDER/etc/kubelet.json" \
  --kubeconfig "$KUBECONFIG" --hostname-override "$NODE" --node-ip "$NODE_IP" --v=2 &
trap 'exit 0' TERM
# Reaps the orphans of every container.
while :; do
  wait
  sleep 1 &
  wait $!
done
