import type { KubeClient } from '../../src/kube/client.ts';
import { createFakeClock, type FakeClock } from '../../src/kube/fake-clock.ts';
import { Agent } from '../../src/loop/agent.ts';
import type { AgentKinds } from '../../src/loop/agent-kinds.ts';
import { AgentReporter } from '../../src/loop/agent-reporter.ts';
import { KeyRing } from '../../src/loop/key-ring.ts';
import type { Watches } from '../../src/loop/watches.ts';
import { createLogger } from '../../src/observe/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import type { WorkerReport } from '../../src/status/vip-node-status.ts';
import { aNode, aPool } from './cluster.ts';

/** What a test may change while the agent runs. */
export type AgentSurroundings = {
  /** Whether the node holds its instance. */
  isHeld: boolean;
  /** When and whether the API server takes a report. */
  taken: Promise<unknown>;
};

/** The product's agent of node n1 over stand-ins for API server, watches, clock and daemons. */
export function anAgent(): {
  readonly agent: Agent;
  readonly clock: FakeClock;
  readonly state: AgentSurroundings;
  /** How often the pool was brought to what is desired. */
  readonly runs: () => number;
  /** The reports that were sent, as to who holds the instance. */
  readonly writes: string[];
} {
  const state: AgentSurroundings = { isHeld: false, taken: Promise.resolve() };
  const clock = createFakeClock();
  const writes: string[] = [];
  let runs = 0;
  const client: KubeClient = {
    request: async ({ method, body }) => {
      if (method !== 'PATCH') return {};
      const [instance] = (body as Body).status.instances;
      writes.push(JSON.stringify({ held: instance?.held }));
      await state.taken;
      return { metadata: { name: 'n1' } };
    },
    stream: () => Promise.reject(new Error('nothing is streamed')),
    webSocket: () => Promise.reject(new Error('nothing is forwarded')),
    close: () => undefined,
  };
  const log = createLogger('silent', {});
  const watches = watchesOf();
  const node = 'n1';
  const worker = {
    reconcile: async ({ pool }: { readonly pool: string }) => {
      runs += 1;
      return reportOf(pool, state.isHeld);
    },
    move: async () => undefined,
    retire: async () => undefined,
  };
  const agent = new Agent({
    ...{ node, watches, clock, log, metrics: createMetrics() },
    reporter: new AgentReporter({ node, client, watches, clock, log, interfaces: async () => [] }),
    keys: new KeyRing({ client, log, wake: () => agent.wake() }),
    workers: { of: () => worker, known: async () => ['edge'], forget: async () => undefined },
  });
  return { agent, clock, state, runs: () => runs, writes };
}

type Body = { readonly status: { readonly instances: readonly { readonly held: boolean }[] } };

/** What an agent watches: its Node, its report as it was made, and one pool. */
function watchesOf(): Watches<AgentKinds> {
  const shown: Partial<Record<keyof AgentKinds, readonly unknown[]>> = {
    node: [aNode(1)],
    vipNode: [{ uid: 'report', status: undefined }],
    pools: [aPool('edge', ['10.40.0.8/29'])],
  };
  return {
    values: (name: keyof AgentKinds) => shown[name] ?? [],
    seenVersion: () => '1',
    isSynced: () => true,
    missing: () => [],
    stop: () => Promise.resolve(),
  } as unknown as Watches<AgentKinds>;
}

function reportOf(pool: string, held: boolean): WorkerReport {
  return {
    ...{ pool, ready: true, why: '' },
    instances: [{ name: 'instance', generation: 1, held, programmed: true, moveSerial: 0 }],
    ...{ conflicts: [], refusals: [], secrets: [], serversDown: [], unsupportedProtocols: [] },
  };
}
