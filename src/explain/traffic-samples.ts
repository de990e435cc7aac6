import { type MetricRow, metrics } from '../tables/metrics.ts';

/**
 * What an agent's figures of a port are called here, and the metrics each comes from: HAProxy's,
 * and those of nftables where UDP and SCTP have something like it.
 */
const columns = {
  open: [metrics.serviceOpenConnections],
  connections: [metrics.serviceConnections, metrics.serviceFlows],
  requests: [metrics.serviceRequests],
  receivedBytes: [metrics.serviceReceivedBytes, metrics.serviceFlowBytes],
  sentBytes: [metrics.serviceSentBytes],
  failed: [metrics.serviceFailedConnections],
  serverErrors: [metrics.serviceServerErrors],
  deniedConnections: [metrics.serviceDeniedConnections, metrics.serviceDeniedPackets],
  deniedRequests: [metrics.serviceDeniedRequests],
  queued: [metrics.serviceQueuedConnections],
  responseSeconds: [metrics.serviceResponseSeconds],
} as const satisfies Record<string, readonly MetricRow[]>;

export type TrafficFigure = keyof typeof columns;

/** One port of a Service in one pool, as one agent counts it; UDP and SCTP by themselves. */
export type PortSample = {
  readonly pool: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  readonly figures: Readonly<Record<TrafficFigure, number>>;
};

const figureOf = new Map(
  Object.entries(columns).flatMap(([figure, rows]) =>
    rows.map(({ name }) => [name as string, figure as TrafficFigure] as const),
  ),
);

const noFigures = Object.fromEntries(Object.keys(columns).map((figure) => [figure, 0])) as Record<
  TrafficFigure,
  number
>;

/** Labels of Kubernetes names: nothing in them is ever escaped. */
const sampleLine = /^(\w+)\{([^}]*)\} (\S+)$/;
const labelText = /(\w+)="([^"]*)"/g;

/**
 * Reads the ports' figures from an agent's metrics (Prometheus text format), by their labels; what
 * is no figure of a port is passed over.
 */
export function parseTrafficSamples(text: string): ReadonlyMap<string, PortSample> {
  const found = new Map<string, PortSample & { figures: Record<TrafficFigure, number> }>();
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', value] = sampleLine.exec(line) ?? [];
    const figure = figureOf.get(name);
    if (figure === undefined) continue;
    const sample = found.get(labels) ?? { ...portOf(labels), figures: { ...noFigures } };
    sample.figures[figure] = Number(value) || 0;
    found.set(labels, sample);
  }
  return found;
}

function portOf(labels: string): Omit<PortSample, 'figures'> {
  const by = Object.fromEntries(
    [...labels.matchAll(labelText)].map(([, name, text]) => [name, text]),
  );
  const { pool = '', namespace = '', service = '', port = '' } = by;
  return { pool, namespace, service, port };
}
