/** What one port of a Service saw on this node, counted since HAProxy's last reload. */
export type PortTraffic = {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  /** By the names of HAProxy's columns (management guide 9.1). */
  readonly values: Readonly<Record<TrafficColumn, number>>;
};

/** Of the frontend, then of the backend. */
const frontendColumns = ['scur', 'stot', 'bin', 'bout', 'dcon'] as const;
const backendColumns = ['qcur', 'econ', 'wretr', 'wredis', 'act'] as const;
export type TrafficColumn = (typeof frontendColumns)[number] | (typeof backendColumns)[number];

const none = { scur: 0, stot: 0, bin: 0, bout: 0, dcon: 0 };
const nobody = { qcur: 0, econ: 0, wretr: 0, wredis: 0, act: 0 };

/**
 * Reads `show stat -1 3 -1` (frontends and backends): one row a port of a Service, its addresses
 * together, in order of their names. `act` is how many servers are up, the same for each address of
 * a family, so the most counts and not the sum.
 */
export function parseTraffic(text: string): PortTraffic[] {
  const [head = '', ...lines] = text.split('\n');
  const names = head.replace(/^# /, '').split(',');
  const rows = new Map<string, PortTraffic>();
  for (const line of lines) {
    const fields = line.split(',');
    const [namespace = '', service = '', port = '', vip] = (fields[0] ?? '').split('_');
    const columns = columnsOf(fields[1]);
    if (vip === undefined || vip.endsWith('.clients') || columns === undefined) continue;
    const key = `${namespace} ${service} ${port}`;
    const row = rows.get(key) ?? { namespace, service, port, values: { ...none, ...nobody } };
    const values: Record<TrafficColumn, number> = { ...row.values };
    for (const column of columns) {
      const value = Number(fields[names.indexOf(column)] ?? 0) || 0;
      values[column] = column === 'act' ? Math.max(values.act, value) : values[column] + value;
    }
    rows.set(key, { ...row, values });
  }
  return [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function columnsOf(kind: string | undefined): readonly TrafficColumn[] | undefined {
  if (kind === 'FRONTEND') return frontendColumns;
  return kind === 'BACKEND' ? backendColumns : undefined;
}
