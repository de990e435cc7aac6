import { statRows } from './stat-rows.ts';

/** What one port of a Service saw on this node, counted since HAProxy's last reload. */
export type PortTraffic = {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  /** By the names of HAProxy's columns (management guide 9.1). */
  readonly values: Readonly<Record<TrafficColumn, number>>;
};

/** Of the frontend, then of the backend. */
const frontendColumns = ['scur', 'stot', 'bin', 'bout', 'dcon', 'dses', 'req_tot', 'dreq'] as const;
const backendColumns = [
  ...(['qcur', 'econ', 'wretr', 'wredis'] as const),
  ...(['act', 'bck', 'hrsp_5xx', 'rtime'] as const),
] as const;
export type TrafficColumn = (typeof frontendColumns)[number] | (typeof backendColumns)[number];

/** Of a port's addresses the one with the most counts: the same servers are behind each. */
const highest: ReadonlySet<TrafficColumn> = new Set(['act', 'bck', 'rtime']);

const none = Object.fromEntries(
  [...frontendColumns, ...backendColumns].map((column) => [column, 0]),
) as Readonly<Record<TrafficColumn, number>>;

/**
 * Reads `show stat -1 3 -1` (frontends and backends): one row a port of a Service, its addresses
 * together, in order of their names.
 */
export function parseTraffic(text: string): PortTraffic[] {
  const rows = new Map<string, PortTraffic>();
  for (const { section, kind, at } of statRows(text)) {
    const [namespace = '', service = '', port = '', vip] = section.split('_');
    const columns = columnsOf(kind, vip);
    if (vip === undefined || /\.(clients|port)$/.test(vip) || columns === undefined) continue;
    const key = `${namespace} ${service} ${port}`;
    const row = rows.get(key) ?? { namespace, service, port, values: none };
    const values: Record<TrafficColumn, number> = { ...row.values };
    for (const column of columns) {
      const value = Number(at(column)) || 0;
      const known = values[column];
      values[column] = highest.has(column) ? Math.max(known, value) : known + value;
    }
    rows.set(key, { ...row, values });
  }
  return [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** What HAProxy says of its process on `show info`. */
export type ProcessFigures = {
  readonly connections: number;
  readonly connectionsMax: number;
  readonly threads: number;
  /** File descriptors that it may need, which its container lets it have. */
  readonly descriptors: number;
};

/** Reads `show info`. */
export function parseProcess(text: string): ProcessFigures {
  const figure = (name: string) =>
    Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    connections: figure('CurrConns'),
    connectionsMax: figure('Maxconn'),
    threads: figure('Nbthread'),
    descriptors: figure('Maxsock'),
  };
}

function columnsOf(kind: string, vip = ''): readonly TrafficColumn[] | undefined {
  if (kind === 'FRONTEND') return frontendColumns;
  if (kind !== 'BACKEND') return undefined;
  return /\.(backup|open)$/.test(vip) ? standInColumns : backendColumns;
}

/**
 * Of who stands in: a backup Service's servers do not make up for those that the Service has not,
 * and servers that are tried whether they are well or not are not well for that.
 */
const standInColumns = backendColumns.filter((column) => column !== 'act' && column !== 'bck');
