import { by, byText } from '../lib/order.ts';
import type { PortSample, TrafficFigure } from './traffic-samples.ts';

/** What one agent said, twice. */
export type AgentSamples = {
  readonly node: string;
  /** Between the two. */
  readonly seconds: number;
  readonly before: ReadonlyMap<string, PortSample>;
  readonly after: ReadonlyMap<string, PortSample>;
};

/** What a row of `top` is about. */
export const topSubjects = ['service', 'port', 'node', 'pool'] as const;
export type TopSubject = (typeof topSubjects)[number];

/** What rows are sorted by, the most first; names in their own order. */
export const topOrders = {
  connections: (row: TopRow) => row.openConnections,
  new: (row: TopRow) => row.connectionsPerSecond,
  requests: (row: TopRow) => row.requestsPerSecond ?? 0,
  in: (row: TopRow) => row.receivedBytesPerSecond,
  out: (row: TopRow) => row.sentBytesPerSecond,
  errors: (row: TopRow) => row.failedConnectionsPerSecond + row.serverErrorsPerSecond,
  denied: (row: TopRow) => row.deniedPerSecond,
  queue: (row: TopRow) => row.queuedConnections,
  name: () => 0,
} as const satisfies Record<string, (row: TopRow) => number>;
export type TopOrder = keyof typeof topOrders;

/** Traffic between two looks at every agent; rates are means of that time. */
export type TopReport = {
  readonly kind: 'TopReport';
  readonly by: TopSubject;
  /** The namespace that is looked at; null: all. */
  readonly namespace: string | null;
  readonly rows: readonly TopRow[];
  /** Agents that did not answer: what their nodes carry is not in the rows. */
  readonly unread: readonly string[];
};

/**
 * One Service, port, node or pool. Of UDP and SCTP there are new flows, among the connections, what
 * clients sent, and packets that were refused.
 */
export type TopRow = {
  /** `shop/web`, `shop/web:443`, a node's or a pool's name. */
  readonly name: string;
  /** Nodes that had traffic of it, or have connections open. */
  readonly nodes: readonly string[];
  readonly pools: readonly string[];
  readonly openConnections: number;
  readonly connectionsPerSecond: number;
  /** In HTTP mode; null where no request was ever counted. */
  readonly requestsPerSecond: number | null;
  readonly receivedBytesPerSecond: number;
  readonly sentBytesPerSecond: number;
  /** Connections to servers that could not be opened. */
  readonly failedConnectionsPerSecond: number;
  /** Answers of 500 to 599, in HTTP mode. */
  readonly serverErrorsPerSecond: number;
  /** Connections, requests and packets refused: source ranges, limits, want of a server. */
  readonly deniedPerSecond: number;
  /** Connections that wait for a server with room. */
  readonly queuedConnections: number;
  /** Mean time to an answer where it is longest, in HTTP mode; null where there was none. */
  readonly responseSeconds: number | null;
};

/** How a report is wanted. */
export type TopQuestion = {
  readonly by: TopSubject;
  readonly order: TopOrder;
  readonly namespace: string | null;
};

/** Puts the agents' figures together. */
export function topReport(agents: readonly AgentSamples[], question: TopQuestion): TopReport {
  const { by: subject, order, namespace } = question;
  const groups = new Map<string, Change[]>();
  for (const change of agents.flatMap(changesOf)) {
    if (namespace !== null && change.sample.namespace !== namespace) continue;
    const name = nameOf(change, subject);
    groups.set(name, [...(groups.get(name) ?? []), change]);
  }
  const rows = [...groups].map(([name, changes]) => rowOf(name, changes));
  const sorted = rows.toSorted(by((row) => row.name)).toSorted(byMost(topOrders[order]));
  return { kind: 'TopReport', by: subject, namespace, rows: sorted, unread: [] };
}

/** One port on one node: how it is now, and what happened since the first look. */
type Change = {
  readonly node: string;
  readonly sample: PortSample;
  readonly perSecond: (figure: TrafficFigure) => number;
};

function changesOf({ node, seconds, before, after }: AgentSamples): Change[] {
  return [...after].map(([key, sample]) => ({
    node,
    sample,
    perSecond: (figure) => {
      const now = sample.figures[figure];
      const past = before.get(key)?.figures[figure] ?? 0;
      // After a reload HAProxy counts from nothing: what it has counted came since.
      return (now < past ? now : now - past) / seconds;
    },
  }));
}

function nameOf({ node, sample }: Change, subject: TopSubject): string {
  const service = `${sample.namespace}/${sample.service}`;
  return { service, port: `${service}:${sample.port}`, node, pool: sample.pool }[subject];
}

function rowOf(name: string, changes: readonly Change[]): TopRow {
  const sum = (figure: TrafficFigure) => total(changes, ({ sample }) => sample.figures[figure]);
  const rate = (figure: TrafficFigure) =>
    tenths(total(changes, ({ perSecond }) => perSecond(figure)));
  const busy = changes.filter(
    ({ sample, perSecond }) => sample.figures.open > 0 || perSecond('connections') > 0,
  );
  const slowest = Math.max(...changes.map(({ sample }) => sample.figures.responseSeconds));
  return {
    name,
    nodes: namesOf(busy, ({ node }) => node),
    pools: namesOf(changes, ({ sample }) => sample.pool),
    openConnections: sum('open'),
    connectionsPerSecond: rate('connections'),
    requestsPerSecond: sum('requests') === 0 ? null : rate('requests'),
    receivedBytesPerSecond: rate('receivedBytes'),
    sentBytesPerSecond: rate('sentBytes'),
    failedConnectionsPerSecond: rate('failed'),
    serverErrorsPerSecond: rate('serverErrors'),
    deniedPerSecond: tenths(rate('deniedConnections') + rate('deniedRequests')),
    queuedConnections: sum('queued'),
    responseSeconds: slowest === 0 ? null : slowest,
  };
}

function total(changes: readonly Change[], figure: (change: Change) => number): number {
  return changes.reduce((sum, change) => sum + figure(change), 0);
}

function namesOf(changes: readonly Change[], name: (change: Change) => string): string[] {
  return [...new Set(changes.map(name))].toSorted(byText);
}

function byMost(figure: (row: TopRow) => number) {
  return (a: TopRow, b: TopRow): number => figure(b) - figure(a);
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
