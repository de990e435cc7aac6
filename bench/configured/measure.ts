import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { lastLines } from '../../test/api/process-tree.ts';
import { startApiServer } from '../../test/api/server.ts';
import { waitUntil } from '../../test/api/wait-until.ts';
import type { Rig, RigNode } from '../../test/dataplane/rig.ts';
import { sayOnStderr } from '../../test/lab/say.ts';
import { commandLine, cpuSeconds, residentMib } from '../rig/process-costs.ts';
import { givenFile, stays } from '../rig/stays.ts';
import { withRig } from '../rig/with-rig.ts';
import { install } from '../scale/install.ts';
import { quantile } from '../sizes-table.ts';
import { type Scene, steadyChanges, timedChanges } from './changes.ts';
import { startHaproxy } from './haproxy-container.ts';
import { HaproxyView } from './haproxy-view.ts';
import { agentCpuSeconds, type NodeAgent, startNodeAgent } from './node-agent.ts';
import {
  addService,
  backendOf,
  changedServer,
  type Population,
  podNetwork,
  populate,
} from './population.ts';

/** How long each part takes. */
export type Times = {
  /** The agent's first runs are over, and what they needed is given back. */
  readonly settleSeconds: number;
  readonly idleSeconds: number;
  /** Changes one by one: at most so many, and so long. */
  readonly changes: number;
  readonly changesSeconds: number;
  readonly loadSeconds: number;
  readonly loadPerSecond: number;
  readonly newServices: number;
  readonly reloads: number;
};

export type Values = Readonly<Record<string, number>>;

/** Far beyond what was ever measured: it hangs. */
const servedMsMax = 300_000;
const frontendsEveryMs = 200;

/**
 * One number of Services on a node: its HAProxy and keepalived, the shipped agent, and a real API
 * server, all fresh.
 */
export async function measureConfigured(
  of: Population & { readonly times: Times; readonly folder: string },
): Promise<Values> {
  const folder = join(of.folder, `configured-${of.services}`);
  mkdirSync(folder);
  const api = await startApiServer();
  try {
    await install(api);
    return await withRig({ nodes: 2, folder: of.folder }, async (rig) => {
      const [node, pods] = rig.nodes as [RigNode, RigNode];
      sayOnStderr(`${of.services} Services: the objects`);
      await populate(api, node, of);
      startPods(rig, node, pods);
      rig.daemon(node, 'keepalived');
      const stopHaproxy = startHaproxy(node, { ...of, folder });
      const startMs = performance.now();
      sayOnStderr(`${of.services} Services: the agent`);
      const agent = await startNodeAgent(rig, node, { api, folder });
      const haproxy = new HaproxyView(node);
      try {
        const stage = { rig, node, agent, api, haproxy, timedChanges: 0, ...of };
        return await played(stage, startMs);
      } catch (cause) {
        throw new Error(`the agent's log ends so:\n${lastLines(agent.logFile)}`, { cause });
      } finally {
        await Promise.all([agent.stop(), stopHaproxy()]);
      }
    });
  } finally {
    await api.stop();
  }
}

/** Accepts for every endpoint and closes, so that health checks pass. */
function startPods(rig: Rig, node: RigNode, pods: RigNode): void {
  rig.run(node.namespace, 'ip', 'route', 'add', podNetwork, 'via', pods.address);
  rig.run(pods.namespace, 'ip', 'route', 'add', 'local', podNetwork, 'dev', 'lo');
  const text = [
    ...['global', '  maxconn 4000', 'defaults', '  mode tcp', '  timeout client 5s'],
    ...['frontend pods', '  bind :8080', '  tcp-request connection reject', ''],
  ].join('\n');
  stays(rig, pods, { words: ['haproxy', '-W', '-f', givenFile], text });
}

type Stage = Scene & {
  readonly rig: Rig;
  readonly node: RigNode;
  readonly agent: NodeAgent;
  readonly times: Times;
};

async function played(stage: Stage, startMs: number): Promise<Values> {
  const { services, endpoints, haproxy, times } = stage;
  await waitUntil(
    `${services} frontends`,
    async () => {
      await pause(frontendsEveryMs);
      return (await haproxy.frontends()) >= services;
    },
    servedMsMax,
  );
  const servedSeconds = (performance.now() - startMs) / 1000;
  await pause(times.settleSeconds * 1000);
  const say = (what: string) => sayOnStderr(`${services} Services: ${what}`);
  say('nothing changes');
  const idle = await costsDuring(stage, () => pause(times.idleSeconds * 1000));
  const memory = memoryOf(stage, 'at rest');
  say('changes one by one');
  const bounds = { countMax: times.changes, seconds: times.changesSeconds };
  const known = await timedChanges(stage, { until: 'known', ...bounds });
  const usable = await timedChanges(stage, { until: 'usable', ...bounds });
  say(`${times.loadPerSecond} changes a second`);
  const loaded = await underLoad(stage);
  say('new ones, and reloads');
  return {
    servers: services * endpoints,
    'agent starts: until HAProxy serves all, s': servedSeconds,
    ...memory,
    'haproxy.cfg, MB': statSync(fileOf(stage)).size / 1e6,
    'nothing changes: CPU of the agent, %': idle.agentPercent,
    'nothing changes: CPU of HAProxy (checks every 10 s), %': idle.haproxyPercent,
    ...latencies('endpoint change to HAProxy', known),
    ...latencies('endpoint change to traffic', usable),
    ...loaded,
    ...(await withNewServices(stage)),
    'reload of HAProxy, ms': quantile(await reloads(stage), 0.5),
  };
}

function fileOf({ node }: Stage): string {
  return join(node.directory, 'run/edge/haproxy/haproxy.cfg');
}

/** The newest worker; the agent's checks of a file (`haproxy -c`) are not meant. */
function haproxyPids({ rig, node }: Stage): { readonly master: number; readonly worker: number } {
  const isDaemon = (pid: number) => commandLine(pid).includes('-W');
  const [master = 0, ...workers] = rig.processes(node, 'haproxy').filter(isDaemon);
  return { master, worker: workers.at(-1) ?? 0 };
}

function memoryOf(stage: Stage, when: string): Values {
  const { master, worker } = haproxyPids(stage);
  const agent = residentMib(stage.agent.pid);
  return {
    [`RSS of HAProxy's worker, ${when}, MiB`]: residentMib(worker).now,
    [`RSS of HAProxy's master, ${when}, MiB`]: residentMib(master).now,
    [`RSS of the agent, ${when}, MiB`]: agent.now,
    [`without the pages of its program, ${when}, MiB`]: agent.anonymous,
  };
}

/** CPU in per cent of a core while something goes on. */
async function costsDuring(stage: Stage, work: () => Promise<unknown>) {
  const { worker } = haproxyPids(stage);
  const before = { agent: agentCpuSeconds(stage.agent), haproxy: cpuSeconds([worker]) };
  const startMs = performance.now();
  await work();
  const percent = 100 / ((performance.now() - startMs) / 1000);
  return {
    agentPercent: percent * (agentCpuSeconds(stage.agent) - before.agent),
    haproxyPercent: percent * (cpuSeconds([worker]) - before.haproxy),
  };
}

async function underLoad(stage: Stage): Promise<Values> {
  const { loadPerSecond: perSecond, loadSeconds: seconds } = stage.times;
  const name = `${perSecond} changes/s`;
  let reached = 0;
  const [costs, known] = await Promise.all([
    costsDuring(stage, async () => {
      reached = await steadyChanges(stage, { perSecond, seconds });
    }),
    timedChanges(stage, { until: 'known', countMax: perSecond * seconds, seconds }),
  ]);
  return {
    [`${name}: sent, 1/s`]: reached,
    [`${name}: CPU of the agent, %`]: costs.agentPercent,
    [`${name}: CPU of HAProxy, %`]: costs.haproxyPercent,
    ...latencies(`${name}: endpoint change to HAProxy`, known),
    ...memoryOf(stage, `after ${name}`),
    'RSS of the agent, peak, MiB': residentMib(stage.agent.pid).peak,
  };
}

function latencies(name: string, samples: readonly number[]): Values {
  return {
    [`${name}, p50, ms`]: quantile(samples, 0.5),
    [`${name}, p99, ms`]: quantile(samples, 0.99),
    [`${name}, samples`]: samples.length,
  };
}

/** From the objects of a new Service being written to its servers taking traffic. */
async function withNewServices(stage: Stage): Promise<Values> {
  const { api, haproxy, services, endpoints, times } = stage;
  const samples: number[] = [];
  for (let index = services; index < services + times.newServices; index += 1) {
    await addService(api, index, { services, endpoints });
    const writtenMs = performance.now();
    const server = changedServer(index, { endpoints, change: 0 });
    samples.push((await haproxy.sees(backendOf(index), server, 'usable')) - writtenMs);
  }
  return { 'new Service: from its Vip to traffic, p50, ms': quantile(samples, 0.5) };
}

/** Last of all: the agent knows nothing of them. */
async function reloads({ haproxy, times }: Stage): Promise<number[]> {
  const samples: number[] = [];
  for (let number = 1; number <= times.reloads; number += 1) {
    await pause(betweenReloadsMs);
    samples.push(await haproxy.reload());
  }
  return samples;
}

const betweenReloadsMs = 1_000;
