import { readdir } from 'node:fs/promises';
import { controlPlane, type Machine, nodeIndexes, nodeMachine, podSubnets } from './addresses.ts';
import { outcomeOf, run } from './command.ts';
import { isNamespaceOf, type LabNames } from './names.ts';
import { waitFor } from './wait-for.ts';

/**
 * The lab's network: one namespace is the switch (a bridge) and the control plane's machine; every
 * node and client is a namespace on a veth pair. The machine's own namespace gets no address,
 * route, rule or sysctl.
 */
export async function makeSwitch(names: LabNames): Promise<void> {
  const namespace = names.switchNamespace;
  await makeNamespace(namespace);
  await ip(namespace, [
    'link add br0 type bridge',
    `addr add ${controlPlane.ipv4}/24 dev br0`,
    'link set br0 up',
    `addr add ${controlPlane.ipv6}/64 dev br0 nodad`,
    ...podRoutes(undefined),
  ]);
}

/** A machine's namespace and its cable. */
export type Plug = {
  readonly namespace: string;
  readonly machine: Machine;
  /** The switch's end of the cable: ≤ 15 characters. */
  readonly port: string;
  /** A node's number; undefined for a machine outside the cluster. */
  readonly node?: number;
};

/**
 * Makes the namespace and plugs it in. Routes to pods: a node's own to the other nodes, a client's
 * by the switch.
 */
export async function plugIn(names: LabNames, plug: Plug): Promise<void> {
  const { namespace, machine, port } = plug;
  await makeNamespace(namespace);
  const link = `link add eth0 address ${hardwareAddress(machine)} type veth`;
  await ip(namespace, [`${link} peer name ${port} netns ${names.switchNamespace}`]);
  await ip(names.switchNamespace, [`link set ${port} master br0 up`]);
  await ip(namespace, [
    `addr add ${machine.ipv4}/24 dev eth0`,
    'link set eth0 up',
    // nodad: two seconds of duplicate address detection would hide behind every start.
    `addr add ${machine.ipv6}/64 dev eth0 nodad`,
    `route add default via ${controlPlane.ipv4}`,
    `-6 route add default via ${controlPlane.ipv6}`,
    ...(plug.node === undefined ? [] : podRoutes(plug.node)),
  ]);
}

/**
 * A machine keeps its network card over a reboot: with another hardware address its neighbours
 * would send to the old one for up to a minute. `02`: locally administered.
 */
function hardwareAddress({ ipv4 }: Machine): string {
  const bytes = ipv4.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return ['02', '00', ...bytes].join(':');
}

/**
 * Takes the port off the bridge. The machine keeps its carrier: it is not told, as behind a real
 * switch.
 */
export async function unplug(names: LabNames, port: string): Promise<void> {
  await ip(names.switchNamespace, [`link set ${port} nomaster`]);
}

/** Puts the port back on the bridge. */
export async function replug(names: LabNames, port: string): Promise<void> {
  await ip(names.switchNamespace, [`link set ${port} master br0`]);
}

/**
 * Removes a machine's namespace and, at once, the switch's end of its cable (cluster-lab.md E8).
 */
export async function unmake(names: LabNames, plug: Pick<Plug, 'namespace' | 'port'>) {
  await outcomeOf(['ip', 'netns', 'del', plug.namespace]);
  await outcomeOf(['ip', '-n', names.switchNamespace, 'link', 'del', plug.port]);
}

/** Removes every namespace of the lab. */
export async function removeNamespaces(names: LabNames): Promise<void> {
  const ours = (all: readonly string[]) => all.filter((each) => isNamespaceOf(names, each));
  const wanted = { what: `the namespaces of lab ${names.id} to go`, boundSeconds: 10 };
  await waitFor(wanted, async () => {
    // Its watcher and a sweep may remove the same lab: what counts is that nothing is left.
    for (const namespace of ours(await namespaces()))
      await outcomeOf(['ip', 'netns', 'del', namespace]);
    const left = ours(await namespaces());
    return left.length === 0 || left.join(' ');
  });
}

/** The names of all network namespaces of the machine. */
export async function namespaces(): Promise<string[]> {
  return await readdir('/run/netns').catch(() => []);
}

/**
 * A command line that runs `argv` in a network namespace and leaves every other namespace alone.
 */
export function inNamespace(namespace: string, argv: readonly string[]): string[] {
  // Not `ip netns exec`: that mounts a fresh /sys, and the cgroups would be gone (cluster-lab.md
  // §4).
  return ['nsenter', `--net=/run/netns/${namespace}`, ...argv];
}

async function makeNamespace(namespace: string): Promise<void> {
  await run(['ip', 'netns', 'add', namespace]);
  await ip(namespace, ['link set lo up']);
  const settings = [
    'net.ipv4.ip_forward=1',
    'net.ipv6.conf.all.forwarding=1',
    // The switch must not tell nodes to talk to each other's pods directly.
    'net.ipv4.conf.all.send_redirects=0',
    'net.ipv4.conf.default.send_redirects=0',
  ];
  await run(inNamespace(namespace, ['sysctl', '-q', '-w', ...settings]));
}

function podRoutes(except: number | undefined): string[] {
  return nodeIndexes
    .filter((index) => index !== except)
    .flatMap((index) => [
      `route add ${podSubnets(index).ipv4} via ${nodeMachine(index).ipv4}`,
      `-6 route add ${podSubnets(index).ipv6} via ${nodeMachine(index).ipv6}`,
    ]);
}

async function ip(namespace: string, lines: readonly string[]): Promise<void> {
  // One process for all lines of a family: ip's batch mode knows no -6 within a line.
  const six = lines.filter((line) => line.startsWith('-6 '));
  const rest = lines.filter((line) => !line.startsWith('-6 '));
  await batch(['ip', '-n', namespace], rest);
  await batch(
    ['ip', '-6', '-n', namespace],
    six.map((line) => line.slice(3)),
  );
}

async function batch(argv: readonly string[], lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await run([...argv, '-batch', '-'], { stdin: `${lines.join('\n')}\n` });
}
