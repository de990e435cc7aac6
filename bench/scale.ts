import { setTimeout as pause } from 'node:timers/promises';
import { clientOf } from '../test/api/kube-fixture.ts';
import { lastLines } from '../test/api/process-tree.ts';
import { startApiServer } from '../test/api/server.ts';
import { sayOnStderr } from '../test/lab/say.ts';
import { bundle } from '../tools/bundle.ts';
import { type ControllerProcess, startController } from './scale/controller-process.ts';
import { controllerAccount, install } from './scale/install.ts';
import { createService, createServices, populate, teamOf } from './scale/population.ts';
import { type Published, watchPublished } from './scale/published.ts';
import { metricsWhenQuiet } from './scale/read-metrics.ts';
import { type StandInAgents, startStandInAgents } from './scale/stand-in-agents.ts';
import { quantile, type SizeResult } from './sizes-table.ts';

const sizesDefault = [1_000, 5_000];

/** Services created one after another, each waited for, beside those that have addresses. */
const singlesCount = 40;

/** Bounds mean that something hangs; they are far beyond what was ever measured. */
const allAddressesMsMax = 600_000;
const oneAddressMsMax = 60_000;
const restartMsMax = 60_000;

/**
 * The shipped controller on a real API server with agents that do what they are told: what it costs
 * to give all Services an address, then one more, and to start again. One size after the other,
 * each on an API server of its own.
 */
export async function scaleBench(sizes: readonly number[] = sizesDefault): Promise<SizeResult[]> {
  await bundle();
  const results: SizeResult[] = [];
  for (const size of sizes) {
    sayOnStderr(`${size} Services: an API server, pools, Services and endpoints`);
    results.push({ size, values: await measured(size) });
  }
  return results;
}

/** What one size runs on. */
type Stage = {
  readonly size: number;
  readonly start: () => Promise<ControllerProcess>;
  readonly create: (name: string, index: number) => Promise<unknown>;
  readonly published: Published;
  readonly agents: StandInAgents;
};

type Values = Readonly<Record<string, number>>;

async function measured(size: number): Promise<Values> {
  const api = await startApiServer();
  const ends: (() => Promise<unknown>)[] = [() => api.stop()];
  try {
    const client = clientOf(api);
    ends.unshift(async () => client.close());
    const installed = await install(api);
    await populate(api);
    await createServices(api, size);
    const agents = await startStandInAgents(client);
    const published = await watchPublished(client);
    ends.unshift(
      () => agents.stop(),
      () => published.stop(),
    );
    const account = await controllerAccount(api);
    const logFile = `${account.folder}.log`;
    const start = async () => {
      const controller = await startController(installed, { account, logFile });
      ends.unshift(() => controller.kill());
      return controller;
    };
    const create = (name: string, index: number) => createService(api, name, index);
    return await played({ size, start, create, published, agents }).catch((cause: unknown) => {
      throw new Error(`the controller's log ends so:\n${lastLines(logFile)}`, { cause });
    });
  } finally {
    for (const end of ends) await end();
  }
}

async function played(stage: Stage): Promise<Values> {
  sayOnStderr(`${stage.size} Services: the controller starts`);
  const controller = await stage.start();
  const all = await measureAll(stage, controller);
  sayOnStderr(`${stage.size} Services: ${singlesCount} more, one by one`);
  const one = await measureOne(stage, controller);
  const peakRss = { 'controller peak RSS, MiB': controller.peakRssMib() };
  sayOnStderr(`${stage.size} Services: the controller starts again`);
  await controller.stop();
  return { ...all, ...one, ...peakRss, ...(await measureRestart(stage)) };
}

/** Everything waits when the controller starts. */
async function measureAll(stage: Stage, controller: ControllerProcess): Promise<Values> {
  const startMs = performance.now();
  const { size, published } = stage;
  const done = () => published.count() >= size;
  await controller.until(`${size} Services have addresses`, done, allAddressesMsMax);
  const seconds = (performance.now() - startMs) / 1000;
  // Read once a phase: the metric is the longest delay since it was read before.
  const { requests, reconciles, eventLoopDelayMs } = await metricsWhenQuiet(controller);
  return {
    'all at once: until all have addresses, s': seconds,
    'all at once: API requests per Service': requests / size,
    'all at once: runs': reconciles,
    'all at once: controller CPU, s': controller.cpuSeconds(),
    'all at once: longest event-loop delay, ms': eventLoopDelayMs,
  };
}

async function measureOne(stage: Stage, controller: ControllerProcess): Promise<Values> {
  const before = await metricsWhenQuiet(controller);
  const cpuBefore = controller.cpuSeconds();
  const samples: number[] = [];
  for (let index = 0; index < singlesCount; index += 1) {
    const startMs = performance.now();
    await stage.create(`single-${index}`, index);
    const key = `${teamOf(index)}/single-${index}`;
    samples.push((await stage.published.appears(key, oneAddressMsMax)) - startMs);
    await pause(betweenSinglesMs);
  }
  const after = await metricsWhenQuiet(controller);
  return {
    'one more: create to status, p50, ms': quantile(samples, 0.5),
    'one more: create to status, p95, ms': quantile(samples, 0.95),
    'one more: API requests': (after.requests - before.requests) / singlesCount,
    'one more: runs': (after.reconciles - before.reconciles) / singlesCount,
    'one more: controller CPU, ms': (1000 * (controller.cpuSeconds() - cpuBefore)) / singlesCount,
    'one more: longest event-loop delay, ms': after.eventLoopDelayMs,
  };
}

/** The writes that follow a publication end before the next Service comes. */
const betweenSinglesMs = 300;

/** From the start of the process to the end of its first run, and what it wrote. */
async function measureRestart(stage: Stage): Promise<Values> {
  const startMs = performance.now();
  const controller = await stage.start();
  const hasRun = async () => ((await controller.metrics())?.reconciles ?? 0) > 0;
  await controller.until('the first run after a restart', hasRun, restartMsMax);
  const convergedMs = performance.now() - startMs;
  const { writes } = await metricsWhenQuiet(controller);
  const peakRss = controller.peakRssMib();
  await controller.stop();
  return {
    'restart: until converged, ms': convergedMs,
    'restart: writes': writes,
    'restart: controller peak RSS, MiB': peakRss,
  };
}
