import type { PortTraffic, TrafficColumn } from '../plan/traffic.ts';
import { type MetricRow, metrics } from '../tables/metrics.ts';

const as = {
  counter: (row: MetricRow) => ({ ...row, type: 'counter' }),
  gauge: (row: MetricRow) => ({ ...row, type: 'gauge' }),
};

/** What of HAProxy's figures becomes which metric. */
const rows: Readonly<Record<TrafficColumn, MetricRow & { readonly type: string }>> = {
  stot: as.counter(metrics.serviceConnections),
  scur: as.gauge(metrics.serviceOpenConnections),
  bin: as.counter(metrics.serviceReceivedBytes),
  bout: as.counter(metrics.serviceSentBytes),
  dcon: as.counter(metrics.serviceDeniedConnections),
  qcur: as.gauge(metrics.serviceQueuedConnections),
  econ: as.counter(metrics.serviceFailedConnections),
  wretr: as.counter(metrics.serviceRetries),
  wredis: as.counter(metrics.serviceRedispatches),
  act: as.gauge(metrics.serviceServersUp),
};

/**
 * The traffic of every pool in Prometheus' text format. Written as it was read, for HAProxy counts
 * by itself; names of Kubernetes objects need no escape.
 */
export function trafficText(pools: ReadonlyMap<string, readonly PortTraffic[]>): string {
  const columns = Object.keys(rows) as TrafficColumn[];
  return columns.map((column) => oneMetric(column, pools)).join('');
}

function oneMetric(
  column: TrafficColumn,
  pools: ReadonlyMap<string, readonly PortTraffic[]>,
): string {
  const { name, help, type } = rows[column];
  const lines = [...pools].flatMap(([pool, ports]) =>
    ports.map(({ namespace, service, port, values }) => {
      const labels = { pool, namespace, service, port };
      const texts = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      return `${name}{${texts.join(',')}} ${values[column]}\n`;
    }),
  );
  if (lines.length === 0) return '';
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
