import { allocate } from '../src/allocate/allocate.ts';
import type { ClusterSnapshot } from '../src/model/objects.ts';
import { clusterStatus } from '../src/status/cluster-status.ts';
import {
  aNamespace,
  aPool,
  applied,
  aService,
  aSnapshot,
  reporting,
  written,
} from '../test/build/cluster.ts';
import { quantile, type SizeResult } from './sizes-table.ts';

const sizesDefault = [1_000, 5_000, 10_000];
const poolCount = 10;

/**
 * What one run of the controller costs without I/O: `allocate` and `clusterStatus` together, in
 * milliseconds of CPU, so that other programs on the machine do not count.
 */
export function allocateBench(of: {
  sizes: readonly number[] | undefined;
  runs: number;
}): SizeResult[] {
  const { sizes = sizesDefault, runs } = of;
  return sizes.map((size) => {
    const costs = Object.entries(situations).map(([name, of]) => {
      return [`${name}, ms`, costMs(of(size), runs)] as const;
    });
    return { size, values: Object.fromEntries(costs) };
  });
}

/** Each stresses another part of the allocator. */
export const situations: Readonly<Record<string, (size: number) => ClusterSnapshot>> = {
  'settled: nothing is left to write': (size) => settled(cluster(size)),
  'new: every Service waits for its first address': cluster,
  'lost: every Vip was deleted, all are adopted': (size) => {
    return { ...settled(cluster(size)), vips: [] };
  },
  'full: the pools have half of what is wanted': (size) => {
    return settled(cluster(size, { addressesPerPool: size / poolCount / 2 }));
  },
  'dark: published addresses, and no node yet': (size) => {
    return { ...settled(cluster(size)), vips: [], nodes: [], leases: [], vipNodes: [] };
  },
};

function costMs(snapshot: ClusterSnapshot, runs: number): number {
  const samples = Array.from({ length: warmUps + runs }, () => {
    const before = process.threadCpuUsage();
    clusterStatus(snapshot, allocate(snapshot));
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  });
  return quantile(samples.slice(warmUps), 0.5);
}

/** A controller has run often before it is large: the compiler has seen the code. */
const warmUps = 3;

/** Each pool serves the namespace of its number, as a platform team gives pools to teams. */
function cluster(size: number, of: { addressesPerPool: number } = { addressesPerPool: 2_048 }) {
  const indexes = Array.from({ length: poolCount }, (_, index) => index);
  const pools = indexes.map((index) => {
    const matchLabels = { 'kubernetes.io/metadata.name': `team-${index}` };
    const first = index * 2_048;
    const range = `${addressAt(first)}-${addressAt(first + of.addressesPerPool - 1)}`;
    return aPool(`pool-${index}`, [range], { spec: { namespaceSelector: { matchLabels } } });
  });
  const services = Array.from({ length: size }, (_, index) =>
    aService(`team-${index % poolCount}/service-${index}`, { ageSeconds: 1 + (index % 100) }),
  );
  const namespaces = indexes.map((index) => aNamespace(`team-${index}`));
  return aSnapshot({ nodeCount: 5, pools, services, namespaces });
}

/** The address with this number in 10.40.0.0/16. */
function addressAt(number: number): string {
  return `10.40.${Math.floor(number / 256)}.${number % 256}`;
}

/** Runs until nothing is left to write, with agents that do what they are told. */
function settled(start: ClusterSnapshot): ClusterSnapshot {
  let now = start;
  for (let round = 0; round < roundsMax; round += 1) {
    const allocation = allocate(now);
    const said = clusterStatus(now, allocation);
    const { operations } = allocation;
    if (operations.length + said.statuses.length + said.finalizers.length === 0) return now;
    now = later(reporting(written(applied(now, operations), said), 'node-1'));
  }
  throw new Error(`the built cluster is not settled after ${roundsMax} rounds`);
}

const roundsMax = 12;

/** Longer than a new instance is given to come to rest. */
function later(snapshot: ClusterSnapshot): ClusterSnapshot {
  const nowMs = snapshot.nowMs + 5_000;
  return {
    ...snapshot,
    nowMs,
    leases: snapshot.leases.map((lease) => ({ ...lease, seenMs: nowMs })),
  };
}
