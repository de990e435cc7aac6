#!/bin/sh
# Runs a program as a container of a node would: container.sh ROOT NODE-DIRECTORY CAPABILITIES PROGRAM ARGUMENT...
# Called inside the node's network namespace and a mount and pid namespace of its own. The image's file system is the read-only
# lower layer; writable are only /tmp, /run/fairlead and /var/lib/fairlead, as in the pods.
set -eu
root=$1 node=$2 capabilities=$3
shift 3
work=$(mktemp -d "$node/container.XXXXXX")
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/upper,workdir=$work/work" "$work/root"
# A limit of the container's own, if there is to be one.
[ -z "${DESCRIPTORS:-}" ] || ulimit -n "$DESCRIPTORS"
cd "$work/root"
mkdir -p run/fairlead var/lib/fairlead usr/local/bin checkout
mount --bind "$node/run" run/fairlead
mount --bind "$node/keep" var/lib/fairlead
mount --bind "$CHECKOUT" checkout
mount --bind "$CHECKOUT/image/bin" usr/local/bin
mount -t proc proc proc
mount --rbind /dev dev
mount -o remount,ro,bind . 2>/dev/null || true
mount -t tmpfs tmpfs tmp
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec chroot . setpriv --bounding-set="$capabilities" --inh-caps=-all "$@"
