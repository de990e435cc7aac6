import type { NftTables } from '../apply/nft.ts';
import { by } from '../lib/order.ts';
import { type FlowTraffic, flowTraffic, noCounters } from '../plan/flow-traffic.ts';
import { metrics } from '../tables/metrics.ts';
import { as, labelsText, metricText, type TypedMetric } from './metric-lines.ts';

type Row = readonly [TypedMetric, (counts: FlowTraffic['counts']) => number];

/** What of nftables' counters becomes which metric. */
const rows: readonly Row[] = [
  [as.counter(metrics.serviceFlows), ({ flows }) => flows.packets],
  [as.counter(metrics.serviceFlowPackets), ({ received }) => received.packets],
  [as.counter(metrics.serviceFlowBytes), ({ received }) => received.bytes],
  [as.counter(metrics.serviceDeniedPackets), ({ denied }) => denied.packets],
];

/**
 * What every port of UDP and SCTP saw on this node, in Prometheus' text format, asked of nftables
 * now. A pool whose counters cannot be read is left out.
 */
export async function flowTrafficText(
  pools: readonly string[],
  tables: NftTables,
): Promise<string> {
  const sorted = pools.toSorted(by((pool) => pool));
  const asked = sorted.map(async (pool) => [pool, await tables.of(pool).counts()] as const);
  const all = await Promise.all(asked);
  return flowText(
    new Map(all.map(([pool, counters]) => [pool, flowTraffic(counters ?? noCounters)])),
  );
}

/** The flows of every pool in Prometheus' text format. */
export function flowText(pools: ReadonlyMap<string, readonly FlowTraffic[]>): string {
  const all = [...pools].flatMap(([pool, ports]) => ports.map((port) => ({ pool, ...port })));
  const texts = rows.map(([metric, figure]) => metricText(metric, all.map(lineOf(metric, figure))));
  return texts.join('');
}

function lineOf({ name }: TypedMetric, figure: Row[1]) {
  return ({ counts, ...of }: FlowTraffic & { readonly pool: string }): string =>
    `${name}{${labelsText(of)}} ${figure(counts)}\n`;
}
