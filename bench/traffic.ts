import { release } from 'node:os';
import { installPackages } from '../test/lab/packages.ts';
import { sayOnStderr } from '../test/lab/say.ts';
import { benchPackages } from './rig/packages.ts';
import { withRig } from './rig/with-rig.ts';
import { type Comparison, comparePairs } from './traffic/pairs.ts';
import { figuresOf, remarks, trafficTable } from './traffic/report.ts';
import { type Cores, coresHere, setStage, stageNodes } from './traffic/stage.ts';
import { workloads } from './traffic/workloads.ts';

export type TrafficSettings = {
  readonly pairs: number;
  readonly seconds: number;
  /** Only workloads whose name contains it. */
  readonly only: string;
  /** Only other ways whose name contains it. */
  readonly against: string;
  readonly cores: Cores | undefined;
  /** This process's own (rig/own-folder.ts). */
  readonly folder: string;
  readonly json: boolean;
};

/**
 * Fairlead's VIP, as its own agent and renderers make it, against HAProxy by hand, nftables by hand
 * and a direct connection, in interleaved pairs. Answers the text to print.
 */
export async function trafficBench(settings: TrafficSettings): Promise<string> {
  const { pairs, seconds, only, against, json, folder } = settings;
  await installPackages(sayOnStderr, benchPackages);
  const cores = settings.cores ?? coresHere();
  const chosen = workloads.filter(({ name }) => name.includes(only));
  const plan = chosen.flatMap((workload) =>
    workload.others
      .filter((other) => other.includes(against))
      .map((other) => ({ workload, other })),
  );
  const minutes = (plan.length * (2 * pairs * (seconds + sliceOverhead) + 3)) / 60;
  sayOnStderr(`traffic: ${plan.length} comparisons, about ${Math.ceil(minutes)} min`);
  return await withRig({ nodes: stageNodes, folder }, async (rig) => {
    const stage = await setStage(rig, cores);
    const comparisons: Comparison[] = [];
    for (const { workload, other } of plan) {
      sayOnStderr(`${workload.name}, against ${other}`);
      comparisons.push(await comparePairs(stage, { workload, other }, { pairs, seconds }));
    }
    if (json) return `${JSON.stringify({ bench: 'traffic', ...about(stage), comparisons })}\n`;
    const figures = comparisons.map(figuresOf);
    const said = remarks(figures).map((remark) => `* ${remark}\n`);
    const head = [sentence({ cores, pairs, seconds, ...stage }), ...legend].join('\n');
    return `\n${head}\n\n${trafficTable(figures)}\n${said.join('')}`;
  });
}

/** What the names in the table mean. */
const legend = [
  '"HAProxy by hand" is `bench/traffic/hand-tuned.haproxy.cfg` on the same node; "alone" is the',
  'same on a node without Fairlead, which tracks connections as every node of a cluster does',
  '(`bench/traffic/cluster-node.nft`). What DNAT costs is the kernel’s and cannot be told apart, so',
  'it has no CPU. Without a proxy the servers end TLS and read requests themselves.',
];

/** Seconds that a client takes to start and to end. */
const sliceOverhead = 0.2;

function about({ haproxyVersion }: { readonly haproxyVersion: string }) {
  return { haproxyVersion, kernel: release() };
}

function sentence(of: {
  readonly haproxyVersion: string;
  readonly cores: Cores;
  readonly pairs: number;
  readonly seconds: number;
}): string {
  const where = {
    apart: 'proxies on one core, clients and servers on another one',
    shared: 'proxies, clients and servers share the cores',
  }[of.cores];
  const slices = `${of.pairs} interleaved pairs of ${of.seconds} s a side`;
  return `${of.haproxyVersion}; ${slices}; ${where}. Medians with their 95 % interval.`;
}
