import { addressUses } from '../status/pool-usage.ts';
import { countText } from './count-text.ts';
import type { InstanceRow } from './instance-rows.ts';
import type { NodeRow } from './node-rows.ts';
import { type Cell, type Line, toned } from './page.ts';
import type { PoolRow } from './pool-rows.ts';
import type { VipRow } from './vip-rows.ts';

/** How much is shown: `wide` shows every row and more columns. */
export type Extent = 'normal' | 'wide';

/** Rows of a list that still fit a screen; the rest is counted. */
export const rowsShown = 40;

type Use = (typeof addressUses)[number];

/** Pools: a line for each family of each. */
export function poolTable(pools: readonly PoolRow[], extent: Extent): Line[] {
  const isWide = extent === 'wide';
  const uses = isWide ? addressUses : usesShown(pools);
  const heads = ['POOL', 'FAMILY', ...uses.map((use) => use.toUpperCase())];
  const more = isWide ? ['VRIDS', 'RANGES'] : [];
  return [
    [...heads, 'WAITING', 'NODES', 'CONDITIONS', ...more].map((head) => toned('dim', head)),
    ...pools.flatMap((row) => poolLines(row, uses, isWide)),
  ];
}

/** Sizes always; of the rarer uses those that some pool has. */
function usesShown(pools: readonly PoolRow[]): readonly Use[] {
  const usages = pools.flatMap(({ addresses }) => addresses);
  const always: readonly Use[] = ['size', 'used', 'free'];
  return addressUses.filter(
    (use) => always.includes(use) || usages.some((usage) => usage[use] !== '0'),
  );
}

/** A pool without any address has a line as well. */
function poolLines(row: PoolRow, uses: readonly Use[], isWide: boolean): Line[] {
  const families = row.addresses.length === 0 ? [undefined] : row.addresses;
  const isReady = row.readyNodes > 0 && row.readyNodes === row.nodes;
  const state: Cell =
    row.bad.length === 0
      ? toned('good', 'ok')
      : toned('warn', row.bad.map(({ code }) => code).join(','));
  return families.map((usage) => [
    row.pool,
    usage?.family ?? '-',
    ...uses.map((use) => (usage === undefined ? '-' : useCell(use, usage[use]))),
    row.waitingServices === 0 ? '0' : toned('bad', String(row.waitingServices)),
    toned(isReady ? 'good' : 'warn', `${row.readyNodes}/${row.nodes}`),
    state,
    ...(isWide ? [`${row.vrids.used} used, ${row.vrids.free} free`, row.ranges.join(' ')] : []),
  ]);
}

function useCell(use: Use, count: string): Cell {
  const isOdd = use === 'quarantined' || use === 'stranded';
  const text = countText(count);
  return isOdd && count !== '0' ? toned('warn', text) : text;
}

/** Vips, one a line. */
export function vipTable(vips: readonly VipRow[], extent: Extent): Line[] {
  const isWide = extent === 'wide';
  const more = isWide ? ['INSTANCE', 'SINCE', 'UNTIL'] : [];
  const heads = ['VIP', 'SERVICES', 'POOL', 'PHASE', 'NODE', 'PROGRAMMED', ...more];
  return [
    heads.map((head) => toned('dim', head)),
    ...vips.map(
      (row): Line => [
        row.address,
        [...row.services, ...row.leaving.map((name) => `(${name})`)].join(',') || '-',
        row.pool,
        row.phase === 'Held' ? row.phase : toned('warn', row.phase),
        row.node ?? (row.awaitedNodes.join(',') || '-'),
        programmedCell(row),
        ...(isWide ? [row.instance || '-', row.since, row.until ?? '-'] : []),
      ],
    ),
  ];
}

function programmedCell({ programmed }: VipRow): Cell {
  if (programmed === null) return '-';
  return programmed ? toned('good', 'yes') : toned('bad', 'no');
}

/** VRRP instances, one a line. */
export function instanceTable(instances: readonly InstanceRow[], extent: Extent): Line[] {
  const heads = ['VRRP INSTANCE', 'VRID', 'POOL', 'HOLDER', 'MEMBERS'];
  return [
    heads.map((head) => toned('dim', head)),
    ...instances.map(
      (row): Line => [
        row.instance,
        String(row.vrid),
        row.pool,
        holderCell(row),
        row.members.map((member) => memberText(member, extent)).join(' '),
      ],
    ),
  ];
}

function holderCell({ holder, claims }: InstanceRow): Cell {
  if (claims.length > 1) return toned('bad', claims.join(' and '));
  return holder === null ? toned('bad', 'nobody') : holder;
}

function memberText(member: InstanceRow['members'][number], extent: Extent): string {
  const where = extent === 'wide' ? `@${member.address}` : '';
  const state = member.state === 'Member' ? '' : `(${member.state})`;
  return `${member.node}${where}${state}`;
}

/** Nodes, one a line. */
export function nodeTable(nodes: readonly NodeRow[], extent: Extent): Line[] {
  const isTroubled = nodes.some((row) => row.portConflicts + row.refusals > 0);
  const hasMore = extent === 'wide' || isTroubled;
  const heads = ['NODE', 'LEASE', 'HOLDS', 'POOLS READY'];
  const more = hasMore ? ['PORT CONFLICTS', 'REFUSALS'] : [];
  return [
    [...heads, ...more].map((head) => toned('dim', head)),
    ...nodes.map(
      (row): Line => [
        row.node,
        leaseCell(row),
        row.holds.join(',') || '-',
        poolsCell(row),
        ...(hasMore ? [troubleCell(row.portConflicts), troubleCell(row.refusals)] : []),
      ],
    ),
  ];
}

function troubleCell(count: number): Cell {
  return count === 0 ? '0' : toned('warn', String(count));
}

function leaseCell({ alive, renewedSecondsAgo }: NodeRow): Cell {
  if (renewedSecondsAgo === null) return alive === null ? '?' : toned('warn', 'none');
  return toned(alive === true ? 'good' : 'bad', `${renewedSecondsAgo}s ago`);
}

function poolsCell({ reports, pools }: NodeRow): Cell {
  if (!reports) return toned('dim', 'no agent has reported');
  const ready = pools.filter((pool) => pool.ready).length;
  return toned(ready === pools.length ? 'good' : 'bad', `${ready}/${pools.length}`);
}
