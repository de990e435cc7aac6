import { by } from '../lib/order.ts';
import { serversScrapedMax } from '../tables/limits.ts';
import { statRows } from './stat-rows.ts';

/** What one pod saw behind one port of a Service from this node, since HAProxy's last reload. */
export type ServerTraffic = {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  /** HAProxy's name of the server; `others` for all of a port that are beyond the bound. */
  readonly server: string;
  /** By the names of HAProxy's columns (management guide 9.1); `up` is 1 or 0. */
  readonly values: Readonly<Record<ServerColumn, number>>;
};

const counted = ['scur', 'stot', 'bin', 'bout', 'econ', 'hrsp_5xx', 'qcur', 'chkfail'] as const;
export type ServerColumn = (typeof counted)[number] | 'rtime' | 'up';

/** Which servers are asked for; what is left out means all. */
export type ServerFilter = { readonly namespace?: string; readonly service?: string };

const beyond = 'others';

/**
 * Reads `show stat -1 4 -1` (servers): a row a pod and port, its addresses together, in order of
 * their names. Of those beyond the bound each port has one row with their sum.
 */
export function parseServerTraffic(text: string, filter: ServerFilter = {}): ServerTraffic[] {
  const rows = new Map<string, ServerTraffic>();
  for (const { section, kind: server, at } of statRows(text)) {
    const [namespace = '', service = '', port = '', vip] = section.split('_');
    if (vip === undefined) continue;
    if ((filter.namespace ?? namespace) !== namespace) continue;
    if ((filter.service ?? service) !== service) continue;
    add(rows, { namespace, service, port, server, values: valuesOf(at) });
  }
  const sorted = [...rows.values()].toSorted(by(keyOf));
  const rest = new Map<string, ServerTraffic>();
  for (const row of sorted.slice(serversScrapedMax)) add(rest, { ...row, server: beyond });
  return [...sorted.slice(0, serversScrapedMax), ...rest.values()];
}

function valuesOf(at: (column: string) => string): ServerTraffic['values'] {
  const figures = counted.map((column) => [column, Number(at(column)) || 0]);
  return {
    ...(Object.fromEntries(figures) as Record<(typeof counted)[number], number>),
    rtime: Number(at('rtime')) || 0,
    up: /^(UP|no check)/.test(at('status')) ? 1 : 0,
  };
}

/** The same pod stands behind each address of a Service. */
function add(rows: Map<string, ServerTraffic>, row: ServerTraffic): void {
  const key = keyOf(row);
  const known = rows.get(key);
  if (known === undefined) {
    rows.set(key, row);
    return;
  }
  const values: Record<ServerColumn, number> = { ...known.values };
  for (const column of counted) values[column] += row.values[column];
  values.rtime = Math.max(values.rtime, row.values.rtime);
  // Up for all of its addresses, or not up.
  values.up = Math.min(values.up, row.values.up);
  rows.set(key, { ...known, values });
}

function keyOf({ namespace, service, port, server }: ServerTraffic): string {
  return `${namespace} ${service} ${port} ${server}`;
}
