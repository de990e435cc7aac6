import { type Cell, columns, type Line, toned } from './page.ts';
import { type Extent, rowsShown } from './row-tables.ts';
import { unreadLines } from './section.ts';
import type { TopReport, TopRow } from './top-report.ts';

/** Traffic for a person: one line each, the first that fit a screen. */
export function topLines({ rows, by, unread }: TopReport, extent: Extent): Line[] {
  if (rows.length === 0) return [['no traffic is counted here'], ...unreadLines(unread)];
  const shown = extent === 'wide' ? rows : rows.slice(0, rowsShown);
  const rest = rows.length - shown.length;
  const heads = [...['OPEN', 'NEW/S', 'REQUESTS/S', 'IN/S', 'OUT/S', 'ERRORS/S'], 'DENIED/S'];
  const more = extent === 'wide' ? ['FAILED/S', '5XX/S', 'ANSWER', 'POOLS', 'NODES'] : [];
  const table = [
    [by.toUpperCase(), ...heads, 'QUEUE', ...more].map((head) => toned('dim', head)),
    ...shown.map((row) => rowLine(row, extent)),
  ];
  return [
    ...columns(table),
    ...(rest === 0 ? [] : [[`and ${rest} more: -o wide shows them`]]),
    ...unreadLines(unread),
  ];
}

function rowLine(row: TopRow, extent: Extent): Line {
  const { failedConnectionsPerSecond: failed, serverErrorsPerSecond: errors } = row;
  const more: Line = [
    odd(failed),
    odd(errors),
    row.responseSeconds === null ? '-' : `${Math.round(row.responseSeconds * 1_000)}ms`,
    row.pools.join(','),
    row.nodes.join(',') || '-',
  ];
  return [
    row.name,
    String(row.openConnections),
    String(row.connectionsPerSecond),
    row.requestsPerSecond === null ? '-' : String(row.requestsPerSecond),
    bytesText(row.receivedBytesPerSecond),
    bytesText(row.sentBytesPerSecond),
    odd(Math.round((failed + errors) * 10) / 10),
    odd(row.deniedPerSecond),
    odd(row.queuedConnections),
    ...(extent === 'wide' ? more : []),
  ];
}

function odd(figure: number): Cell {
  return figure === 0 ? '0' : toned('warn', String(figure));
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Three digits and a unit of a thousand: `950B`, `1.2kB`, `34MB`. */
export function bytesText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const value = bytes / 1_000 ** power;
  const digits = power > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(digits)}${units[power]}`;
}
