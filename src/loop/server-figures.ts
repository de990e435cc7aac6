import { HaproxySilent, HaproxySocket } from '../apply/haproxy-socket.ts';
import { by } from '../lib/order.ts';
import {
  parseServerTraffic,
  type ServerColumn,
  type ServerFilter,
} from '../plan/server-traffic.ts';
import { poolPaths } from '../render/pool-paths.ts';
import { metrics } from '../tables/metrics.ts';
import { as, labelsText, metricText, type TypedMetric } from './metric-lines.ts';

type Values = Readonly<Record<ServerColumn, number>>;
type Row = readonly [TypedMetric, (values: Values) => number];

/** What of HAProxy's figures of a server becomes which metric. */
const rows: readonly Row[] = [
  [as.gauge(metrics.serverUp), ({ up }) => up],
  [as.gauge(metrics.serverOpenConnections), ({ scur }) => scur],
  [as.counter(metrics.serverConnections), ({ stot }) => stot],
  [as.counter(metrics.serverReceivedBytes), ({ bin }) => bin],
  [as.counter(metrics.serverSentBytes), ({ bout }) => bout],
  [as.counter(metrics.serverFailedConnections), ({ econ }) => econ],
  [as.counter(metrics.serverErrors), ({ hrsp_5xx }) => hrsp_5xx],
  [as.gauge(metrics.serverQueuedConnections), ({ qcur }) => qcur],
  [as.counter(metrics.serverFailedChecks), ({ chkfail }) => chkfail],
  [as.gauge(metrics.serverResponseSeconds), ({ rtime }) => rtime / 1_000],
];

/** Servers alone: the largest of HAProxy's answers, so nobody is asked it who does not want it. */
const question = 'show stat -1 4 -1';

/**
 * What every pod saw behind every port from this node, in Prometheus' text format; in a document of
 * its own, for there may be thousands. A pool whose HAProxy does not answer is left out.
 */
export async function serverFigures(
  pools: readonly string[],
  filter: ServerFilter,
): Promise<string> {
  const sorted = pools.toSorted(by((pool) => pool));
  const asked = await Promise.all(sorted.map((pool) => labelled(pool, filter)));
  const all = asked.flat();
  if (all.length === 0) return '';
  const lineOf = (name: string, figure: Row[1]) => (of: (typeof all)[number]) =>
    `${name}{${of.labels}} ${figure(of.values)}\n`;
  return rows
    .map(([metric, figure]) => metricText(metric, all.map(lineOf(metric.name, figure))))
    .join('');
}

async function labelled(pool: string, filter: ServerFilter) {
  try {
    const stat = await new HaproxySocket(poolPaths(pool).haproxySocket).ask(question);
    return parseServerTraffic(stat, filter).map(({ values, ...names }) => ({
      values,
      labels: labelsText({ pool, ...names }),
    }));
  } catch (error) {
    if (error instanceof HaproxySilent) return [];
    throw error;
  }
}
