import type { NftTables } from '../apply/nft.ts';
import { by } from '../lib/order.ts';
import { type FlowTraffic, flowTraffic } from '../plan/flow-traffic.ts';
import { metrics } from '../tables/metrics.ts';
import { as, metricText, type TypedMetric } from './metric-lines.ts';

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
  const asked = sorted.map(async (pool) => {
    const counters = await tables.of(pool).counts();
    return flowTraffic(counters ?? new Map()).map((row) => ({ pool, ...row }));
  });
  const all = (await Promise.all(asked)).flat();
  return rows
    .map(([metric, figure]) => metricText(metric, all.map(lineOf(metric, figure))))
    .join('');
}

function lineOf({ name }: TypedMetric, figure: Row[1]) {
  return ({ counts, ...of }: FlowTraffic & { readonly pool: string }): string => {
    const labels = Object.entries(of).map(([label, text]) => `${label}="${text}"`);
    return `${name}{${labels.join(',')}} ${figure(counts)}\n`;
  };
}
