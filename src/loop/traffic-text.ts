import type { PortTraffic, ProcessFigures, TrafficColumn } from '../plan/traffic.ts';
import { metrics } from '../tables/metrics.ts';
import { as, labelsText, metricText, type TypedMetric } from './metric-lines.ts';

type Figures = Readonly<Record<TrafficColumn, number>>;
type Row = {
  readonly metric: TypedMetric;
  readonly figure: (figures: Figures) => number;
};

/** What of HAProxy's figures becomes which metric. */
const rows: readonly Row[] = [
  { metric: as.counter(metrics.serviceConnections), figure: ({ stot }) => stot },
  { metric: as.gauge(metrics.serviceOpenConnections), figure: ({ scur }) => scur },
  { metric: as.counter(metrics.serviceReceivedBytes), figure: ({ bin }) => bin },
  { metric: as.counter(metrics.serviceSentBytes), figure: ({ bout }) => bout },
  // Refused as connections or, behind another load balancer, as sessions.
  {
    metric: as.counter(metrics.serviceDeniedConnections),
    figure: ({ dcon, dses }) => dcon + dses,
  },
  { metric: as.counter(metrics.serviceRequests), figure: ({ req_tot }) => req_tot },
  { metric: as.counter(metrics.serviceDeniedRequests), figure: ({ dreq }) => dreq },
  { metric: as.counter(metrics.serviceServerErrors), figure: ({ hrsp_5xx }) => hrsp_5xx },
  { metric: as.gauge(metrics.serviceResponseSeconds), figure: ({ rtime }) => rtime / 1_000 },
  { metric: as.gauge(metrics.serviceQueuedConnections), figure: ({ qcur }) => qcur },
  { metric: as.counter(metrics.serviceFailedConnections), figure: ({ econ }) => econ },
  { metric: as.counter(metrics.serviceRetries), figure: ({ wretr }) => wretr },
  { metric: as.counter(metrics.serviceRedispatches), figure: ({ wredis }) => wredis },
  // Spares, which are further away, serve when no other can.
  { metric: as.gauge(metrics.serviceServersUp), figure: ({ act, bck }) => act + bck },
];

/**
 * The traffic of every pool in Prometheus' text format. Written as it was read, for HAProxy counts
 * by itself; names of Kubernetes objects need no escape.
 */
export function trafficText(pools: ReadonlyMap<string, readonly PortTraffic[]>): string {
  return rows.map((row) => oneMetric(row, pools)).join('');
}

/** The process of every pool's HAProxy, likewise. */
export function processText(pools: ReadonlyMap<string, ProcessFigures>): string {
  const metric = (row: Row['metric'], figure: (of: ProcessFigures) => number): string => {
    const lines = [...pools].map(([pool, of]) => `${row.name}{pool="${pool}"} ${figure(of)}\n`);
    return metricText(row, lines);
  };
  return [
    metric(as.gauge(metrics.haproxyConnections), ({ connections }) => connections),
    metric(as.gauge(metrics.haproxyConnectionsMax), ({ connectionsMax }) => connectionsMax),
    metric(as.gauge(metrics.haproxyThreads), ({ threads }) => threads),
    metric(as.gauge(metrics.haproxyDescriptors), ({ descriptors }) => descriptors),
  ].join('');
}

function oneMetric(
  { metric, figure }: Row,
  pools: ReadonlyMap<string, readonly PortTraffic[]>,
): string {
  const lines = [...pools].flatMap(([pool, ports]) =>
    ports.map(({ namespace, service, port, values }) => {
      const labels = labelsText({ pool, namespace, service, port });
      return `${metric.name}{${labels}} ${figure(values)}\n`;
    }),
  );
  return metricText(metric, lines);
}
