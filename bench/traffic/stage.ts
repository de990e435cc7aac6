// What the traffic is measured on:
//
//   client (bridge) ──┬── n1  Fairlead's HAProxy on the VIP, its filter; beside it HAProxy by hand
//                     ├── n2  HAProxy by hand alone, on a node that tracks connections
//                     ├── n4  nftables DNAT by hand
//                     └── n3  the servers
//
// All HAProxies are the image's own binary. Two cores: the proxies have one, clients and servers
// the other one, so that a proxy is never held up by whom it works for. What the kernel does for a
// packet it does on the core of its sender; DNAT and UDP have no process, so they run on the core
// of clients and servers.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { HaproxySocket } from '../../src/apply/haproxy-socket.ts';
import { keyFile } from '../../src/tables/key-file.ts';
import type { Rig, RigNode } from '../../test/dataplane/rig.ts';
import { until } from '../../test/dataplane/wait.ts';
import { Authority } from '../../test/lab/certificates.ts';
import { commandLine } from '../rig/process-costs.ts';
import { givenFile, stays } from '../rig/stays.ts';
import { fairleadPool, webKey } from './fairlead-pool.ts';
import { addresses, type Way } from './workloads.ts';

/** `apart`: proxies on the first core, all else on the second. `shared`: wherever there is room. */
export type Cores = 'apart' | 'shared';

export const stageNodes = 4;

/** A running HAProxy that is measured. */
export type MeasuredProxy = { readonly pids: readonly number[]; readonly cli: HaproxySocket };

export type Stage = {
  /** Words before a client's command. */
  readonly asClient: readonly string[];
  /** What costs CPU on a way; those without a process of their own are not there. */
  readonly proxies: Readonly<Partial<Record<Way, MeasuredProxy>>>;
  /** "HAProxy version 3.0.11 ..." */
  readonly haproxyVersion: string;
};

/** Whether the machine has a core for each side. */
export function coresHere(): Cores {
  return availableParallelism() < 2 ? 'shared' : 'apart';
}

const sizes = { small: 256, large: 1024 * 1024 };

/** Starts everything and waits until each way answers. */
export async function setStage(rig: Rig, cores: Cores): Promise<Stage> {
  const [fairlead, alone, servers, nat] = rig.nodes as [RigNode, RigNode, RigNode, RigNode];
  const pinned = (core: 0 | 1) => (cores === 'apart' ? ['taskset', '-c', `${core}`] : []);
  // Bridged frames would go through the packet filter's hooks of the client a second time.
  const bridged = ['iptables', 'ip6tables'].map((name) => `net.bridge.bridge-nf-call-${name}=0`);
  rig.run(rig.client, 'sysctl', '-qe', '-w', ...bridged);
  // Who closes first keeps the port for a minute: one client would have no more ports, not the VIP.
  rig.run(rig.client, 'sysctl', '-qw', 'net.ipv4.tcp_tw_reuse=1');
  for (const node of [fairlead, nat]) {
    rig.run(node.namespace, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
  }
  using authority = new Authority();
  const { certificate, key } = authority.issue(['web.test']);
  for (const node of [fairlead, alone, servers]) putFiles(node, certificate + key);
  const byHand = ownText('hand-tuned.haproxy.cfg');
  const haproxy = ['haproxy', '-W', '-f', givenFile];
  stays(rig, servers, { words: [...pinned(1), ...haproxy], text: ownText('servers.haproxy.cfg') });
  for (const node of [fairlead, alone]) {
    stays(rig, node, { words: [...pinned(0), ...haproxy], text: byHand });
  }
  const echo = [process.execPath, join(import.meta.dirname, 'udp-echo.ts'), '8053', '9053'];
  rig.start(servers.namespace, ...pinned(1), ...echo);
  const tracked = join(import.meta.dirname, 'cluster-node.nft');
  rig.run(alone.namespace, 'nft', '-f', tracked);
  const nft = await rig.inImage(nat, ['nft', '-f', givenFile], ownText('hand-made.nft'));
  if (nft.status !== 0) throw new Error(`hand-made.nft: ${nft.output}`);
  await serveVip(rig, fairlead, { cores, key: certificate + key });
  await waysAnswer(rig);
  const version = await rig.inImage(servers, ['haproxy', '-v'], '');
  return {
    asClient: ['ip', 'netns', 'exec', rig.client, ...pinned(1)],
    proxies: {
      Fairlead: proxy(rig, fairlead, { file: 'haproxy.cfg', socket: 'edge/haproxy/cli.sock' }),
      'HAProxy by hand': proxy(rig, fairlead, handMade),
      'HAProxy by hand, alone': proxy(rig, alone, handMade),
    },
    haproxyVersion: /HAProxy version \S+/.exec(version.output)?.[0] ?? '',
  };
}

const handMade = { file: givenFile, socket: 'hand-tuned.sock' };

function ownText(name: string): string {
  return readFileSync(join(import.meta.dirname, name), 'utf8');
}

function putFiles(node: RigNode, pem: string): void {
  const put = (name: string, text: string) =>
    writeFileSync(join(node.directory, 'run', name), text, { mode: 0o600 });
  put('web.pem', pem);
  for (const [name, bytes] of Object.entries(sizes)) put(name, 'x'.repeat(bytes));
}

async function serveVip(
  rig: Rig,
  node: RigNode,
  { cores, key }: { readonly cores: Cores; readonly key: string },
): Promise<void> {
  const agent = await rig.serve(node);
  // Both supervisors wait for their configuration: what they start later inherits the core.
  if (cores === 'apart') pinAll(node, 0);
  const keys = [{ kind: 'certificate', file: keyFile(webKey), text: key }] as const;
  const { refusals, conflicts } = await agent.apply(fairleadPool(node), keys);
  const wrong = [...refusals, ...conflicts];
  if (wrong.length > 0) throw new Error(`not everything is served: ${JSON.stringify(wrong)}`);
  await until('the VIP is held', () => rig.holders(addresses.Fairlead).length === 1);
}

function pinAll({ namespace }: RigNode, core: number): void {
  const pids = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).trim();
  for (const pid of pids.split('\n')) {
    try {
      execFileSync('taskset', ['-acp', `${core}`, pid], { stdio: 'ignore' });
    } catch {
      // A supervisor's `sleep` has ended.
    }
  }
}

async function waysAnswer(rig: Rig): Promise<void> {
  for (const [way, address] of Object.entries(addresses)) {
    const below = way === 'Fairlead' ? 8_000 : 0;
    for (const port of [8080, 8081, 8082, 8083, 8443]) {
      const scheme = port === 8443 ? 'https' : 'http';
      const url = `${scheme}://${address}:${port - below}/`;
      await until(`${way}: ${url} answers`, () => isAnswered(rig, url));
    }
  }
}

function isAnswered(rig: Rig, url: string): boolean {
  const quiet = ['--silent', '--insecure', '--fail', '--max-time', '2', '--output', '/dev/null'];
  try {
    rig.run(rig.client, 'curl', ...quiet, url);
    return true;
  } catch {
    return false;
  }
}

function proxy(
  rig: Rig,
  node: RigNode,
  { file, socket }: { readonly file: string; readonly socket: string },
): MeasuredProxy {
  const isOwn = (pid: number) => commandLine(pid).some((word) => word.endsWith(file));
  const pids = rig.processes(node, 'haproxy').filter(isOwn);
  if (pids.length < 2) throw new Error(`no master and worker of ${file} on ${node.name}`);
  return { pids, cli: new HaproxySocket(join(node.directory, 'run', socket)) };
}
