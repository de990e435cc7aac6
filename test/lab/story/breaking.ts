/** What the story breaks, the hard way: no component is asked to stop, none is told. */
import type { Lab } from '../lab.ts';
import type { LabNode } from '../node.ts';
import type { Pod } from './view.ts';

/**
 * Kills every process of a replica with SIGKILL and takes the pod out of the API at once, so that
 * it does not come back under the same name.
 */
export async function killReplica(lab: Lab, pod: Pod): Promise<void> {
  await killPod(lab, pod);
  await lab.kubectl(['delete', 'pod', pod.name, '--grace-period=0', '--force', '--wait=false']);
}

/** Kills every process of a pod with SIGKILL; its kubelet starts the containers again. */
export async function killPod(lab: Lab, pod: Pick<Pod, 'node' | 'uid'>): Promise<void> {
  await killProcesses(lab.node(pod.node), { file: 'cgroup', text: `/pod${pod.uid}/` });
}

/** Kills HAProxy's master and workers of one pool on one node, all with one signal. */
export async function killHaproxy(node: LabNode, pool: string): Promise<void> {
  const text = `/run/fairlead/${pool}/haproxy/`;
  await killProcesses(node, { comm: 'haproxy', file: 'cmdline', text });
}

/** Kills whatever was started on a node with this text in its command line. */
export async function killByCommand(node: LabNode, text: string): Promise<void> {
  await killProcesses(node, { file: 'cmdline', text });
}

/** Stops (`STOP`) or continues (`CONT`) whatever was started on a node with this text. */
export async function signalByCommand(
  node: LabNode,
  text: string,
  signal: 'STOP' | 'CONT',
): Promise<void> {
  await killProcesses(node, { file: 'cmdline', text, signal });
}

/** Lets a node give one VRRP instance up for a moment: the member that ranks first takes it. */
export async function giveUp(
  node: LabNode,
  instance: { pool: string; vrid: number },
): Promise<void> {
  const file = `/run/fairlead/${instance.pool}/keepalived/track/${instance.vrid}`;
  await node.exec(['sh', '-c', 'echo 1 > "$1"; sleep 1; echo 0 > "$1"', 'sh', file]);
}

type Victims = {
  /** The program's name; any program unless told. */
  readonly comm?: string;
  /** A file of /proc/PID, and what it must contain. */
  readonly file: 'cgroup' | 'cmdline';
  readonly text: string;
  /** KILL unless told otherwise. */
  readonly signal?: 'STOP' | 'CONT';
};

async function killProcesses(node: LabNode, victims: Victims): Promise<void> {
  const script = `
    pids=
    for process in /proc/[0-9]*; do
      [ -z "$1" ] || [ "$(cat "$process/comm" 2>/dev/null)" = "$1" ] || continue
      [ "\${process#/proc/}" = "$$" ] && continue
      grep -aqF -e "$3" "$process/$2" 2>/dev/null && pids="$pids \${process#/proc/}"
    done
    [ -n "$pids" ] || { echo "no process \${1:-at all} with $3 in its $2" >&2; exit 1; }
    # One of them may have ended in between: a check of a configuration, for instance.
    kill -$4 $pids 2>/dev/null || true`;
  const { comm = '', file, text, signal = 'KILL' } = victims;
  await node.exec(['sh', '-c', script, 'sh', comm, file, text, signal]);
}
