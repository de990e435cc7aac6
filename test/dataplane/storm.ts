import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Frontend } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { conversation, echoPod } from './conversation.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import type { Rig, RigNode } from './rig.ts';
import { until } from './wait.ts';

/** How much is changed. */
export type StormSize = { readonly endpointChanges: number; readonly serviceChanges: number };

/** What clients of Services saw meanwhile of which only the endpoints changed, or nothing. */
export type StormSeen = {
  readonly tcp: { readonly ok: number; readonly failures: Readonly<Record<string, number>> };
  readonly http: {
    readonly ok: number;
    /** Connections that rested between two requests and were closed. */
    readonly idleClosed: number;
    readonly failures: Readonly<Record<string, number>>;
  };
  /** Connections that were there from the beginning, and those of them that were cut. */
  readonly long: { readonly held: number; readonly cut: number };
  readonly reloads: number;
};

const ports = { tcp: 80, http: 81, long: 8200, changing: 8300 };
const pods = { tcp: [9001, 9002, 9003], http: [9081, 9082, 9083], long: 9200 };
const longHeld = 5;

/** A slow machine is not a lost connection; a lost SYN, which costs a second, is. */
const patient = 900;

/**
 * Changes endpoints of two Services, and as often as asked the setting of a third one, while
 * clients use the first two and hold connections to a fourth. The node must be the rig's only one.
 */
export async function storm(
  { rig, node, agent }: { readonly rig: Rig; readonly node: RigNode; readonly agent: Agent },
  { endpointChanges, serviceChanges }: StormSize,
): Promise<StormSeen> {
  rig.pods(...pods.tcp);
  const file = join(import.meta.dirname, 'web-pods.ts');
  rig.start(rig.client, process.execPath, file, 'http', '', ...pods.http.map(String));
  const echo = frontend(ports.long, [echoPod(rig, pods.long)], 'long');
  const apply = (change: number, setting: number) =>
    agent.apply(desiredFor(node, rig.nodes, [echo, ...changing(change, setting)]));
  await apply(0, 0);
  await until('the VIP is held', () => rig.holders(vip4).length === 1);
  const long = await Promise.all(
    Array.from({ length: longHeld }, (_, number) => conversation(rig, ports.long, `${number}`)),
  );
  const before = agent.outcomes.length;
  const tcp = rig.probe(vip4, ports.tcp, patient);
  const http = keepAliveClient(rig);
  const every = Math.ceil(endpointChanges / serviceChanges);
  for (let change = 1; change <= endpointChanges; change += 1) {
    await apply(change, Math.floor(change / every));
  }
  const [tcpSeen, httpSeen] = await Promise.all([tcp.end(), http.end()]);
  const ends = await Promise.allSettled(long.map((stillAnswers) => stillAnswers()));
  const outcomes = agent.outcomes.slice(before);
  return {
    tcp: { ok: tcpSeen.ok, failures: tcpSeen.failures },
    http: httpSeen,
    long: { held: longHeld, cut: ends.filter(({ status }) => status === 'rejected').length },
    reloads: outcomes.reduce((sum, { reloads }) => sum + reloads.length, 0),
  };
}

/** Two of three pods each time, never the same two. */
function changing(change: number, setting: number): Frontend[] {
  const some = (all: readonly number[]) =>
    all
      .filter((_, index) => index !== change % all.length)
      .map((port) => server('10.99.0.1', port));
  return [
    frontend(ports.tcp, some(pods.tcp)),
    { ...frontend(ports.http, some(pods.http), 'site'), http: { serverProtocol: 'HTTP1' } },
    {
      ...frontend(ports.changing, [], 'changing'),
      settings: { 'idle-timeout-seconds': 1 + setting },
    },
  ];
}

function keepAliveClient(rig: Rig): { readonly end: () => Promise<StormSeen['http']> } {
  const file = join(import.meta.dirname, 'keep-alive-client.ts');
  const words = ['netns', 'exec', rig.client, process.execPath, file, vip4, String(ports.http)];
  const child = spawn('ip', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  return {
    end: async () => {
      child.stdin.end();
      const chunks: Buffer[] = [];
      for await (const chunk of child.stdout) chunks.push(chunk);
      return JSON.parse(Buffer.concat(chunks).toString()) as StormSeen['http'];
    },
  };
}
