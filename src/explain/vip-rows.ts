import type { PoolSpace } from '../allocate/pool-space.ts';
import { retainedUntilMs } from '../allocate/retention.ts';
import { byEach, byNumber } from '../lib/order.ts';
import type { Vip } from '../model/objects.ts';
import { formatTimestamp } from '../model/timestamp.ts';
import { formatAddress } from '../net/format-address.ts';

/** One Vip in a report. */
export type VipRow = {
  readonly address: string;
  readonly pool: string;
  readonly phase: Vip['phase'];
  /** Since when, RFC 3339. */
  readonly since: string;
  /** Cooling, Retained: when that ends, RFC 3339. */
  readonly until: string | null;
  /** `namespace/name` of those who have it; of those it is kept for, when Retained. */
  readonly services: readonly string[];
  /** Services that it is being withdrawn from. */
  readonly leaving: readonly string[];
  readonly instance: string;
  /** The node that answers on it. */
  readonly node: string | null;
  /** Whether a node holds it and has programmed it; `null` while it is not to be served. */
  readonly programmed: boolean | null;
  /** Quarantined: nodes that have not confirmed the withdrawal. */
  readonly awaitedNodes: readonly string[];
};

/** What a Vip's row is made from beside the Vip. */
export type PoolIndex = { readonly spaceOf: ReadonlyMap<string, PoolSpace> };

/** Vips as rows, by address. */
export function vipRows(index: PoolIndex, vips: readonly Vip[]): readonly VipRow[] {
  return vips.toSorted(byAddress).map((vip) => vipRow(index, vip));
}

const byAddress = byEach<Vip>(
  byNumber(({ address }) => (address.family === 'IPv4' ? 0 : 1)),
  (a, b) => (a.address.value < b.address.value ? -1 : Number(a.address.value > b.address.value)),
);

/** One Vip as a row. */
export function vipRow(index: PoolIndex, vip: Vip): VipRow {
  const named = (isLeaving: boolean) =>
    vip.holders
      .filter(({ leavingSinceMs }) => (leavingSinceMs !== undefined) === isLeaving)
      .map(({ namespace, name }) => `${namespace}/${name}`)
      .sort();
  const programmed = vip.conditions.find(({ type }) => type === 'Programmed');
  const untilMs = untilOf(index, vip);
  return {
    address: formatAddress(vip.address),
    pool: vip.pool,
    phase: vip.phase,
    since: formatTimestamp(vip.phaseSinceMs),
    until: untilMs === undefined ? null : formatTimestamp(untilMs),
    services: named(false),
    leaving: named(true),
    instance: vip.instance,
    node: vip.statusNode ?? null,
    programmed: programmed === undefined ? null : programmed.status === 'True',
    awaitedNodes: vip.awaitedNodes,
  };
}

function untilOf(index: PoolIndex, vip: Vip): number | undefined {
  if (vip.phase === 'Retained') return retainedUntilMs(index, vip);
  if (vip.phase !== 'Cooling') return undefined;
  const seconds = index.spaceOf.get(vip.pool)?.pool.coolDownSeconds ?? 0;
  return vip.phaseSinceMs + seconds * 1000;
}
