import type { Allocation } from '../allocate/allocate.ts';
import { isReservedFor, reservationOf } from '../allocate/choose-address.ts';
import { isCarried } from '../allocate/draft.ts';
import type { PoolSpace } from '../allocate/pool-space.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import type { ClusterView } from '../model/cluster-view.ts';
import type { ClusterSnapshot, Instance, Pool, Vip } from '../model/objects.ts';
import { holderNames } from '../model/vip-holders.ts';
import { formatAddress } from '../net/format-address.ts';
import { apiVersion, poolFinalizer } from '../tables/names.ts';
import { type Reason, type ReasonData, reason } from '../tables/reasons.ts';
import { conditionsOf, type Judgement, judge } from './conditions.ts';
import { poolUsages, type Usage } from './pool-usage.ts';
import { type Part, type Subject, samePart, silent, statusPart } from './status-part.ts';

/** Where a pool's status comes from. */
export type PoolSources = {
  readonly snapshot: ClusterSnapshot;
  readonly view: ClusterView;
  readonly allocation: Allocation;
  /** Why Services wait, those that wait for other pools as well. */
  readonly refusals: readonly Reason[];
  readonly vipsOfPool: ReadonlyMap<string, readonly Vip[]>;
  /** LoadBalancer Services that nobody serves because they have no class. */
  readonly classlessServices: number;
};

/** What a VipPool's status and finalizer should be. */
export function poolStatus(sources: PoolSources, space: PoolSpace): Part {
  const { pool } = space;
  const vips = sources.vipsOfPool.get(pool.name) ?? [];
  const usages = poolUsages(space, vips);
  const { generation } = pool;
  const judgements = [
    judgeValid(space, usages),
    judgeReady(sources, pool, vips),
    judgeFree(pool, usages),
    ...judgeReservations(space, vips),
    ...space.overlapped.slice(0, 1).map((why) => judge('Overlapped', 'True', why)),
    ...judgeClassless(sources),
  ];
  const stamp = { before: pool.conditions, nowMs: sources.view.nowMs, generation };
  const conditions = conditionsOf(judgements, stamp);
  const numbers = {
    observedGeneration: generation,
    addresses: usages,
    waitingServices: waitingFor(sources, pool),
    vrids: vridsOf(sources.snapshot, pool),
    classlessServices: sources.classlessServices,
  };
  const isSame =
    canonicalJson(numbers) === pool.statusText &&
    samePart({ conditions: pool.conditions }, { conditions });
  const status = isSame
    ? silent
    : statusPart(subjectOf(pool), { ...numbers, conditions }, pool.conditions);
  return { ...status, ...finalizerPart(sources, pool, vips) };
}

function judgeValid({ pool, overlaps }: PoolSpace, usages: readonly Usage[]): Judgement {
  const [problem] = [...pool.problems, ...overlaps];
  if (problem !== undefined) return judge('Valid', 'False', problem);
  const size = usages.map((usage) => `${usage.size} ${usage.family}`).join(', ');
  return judge('Valid', 'True', reason('Valid', { size: size || '0' }));
}

/** A pool that is going says who still uses it (A48); else on how many nodes its daemons run. */
function judgeReady({ view }: PoolSources, pool: Pool, vips: readonly Vip[]): Judgement {
  const holders = (pool.deleting ? vips : [])
    .filter(isCarried)
    .flatMap((vip) => vip.holders.map(({ namespace, name }) => `${namespace}/${name}`));
  if (holders.length > 0) {
    const services = [...new Set(holders)].sort().slice(0, servicesNamedMax).join(', ');
    return judge('Ready', 'False', reason('PoolInUse', { services }));
  }
  const reports = [...view.reports.values()]
    .filter(({ name }) => view.fresh.has(name))
    .flatMap(({ pools }) => pools.filter(({ name }) => name === pool.name));
  const ready = reports.filter((report) => report.ready).length;
  const summary = `the data plane is ready on ${ready} of ${reports.length} nodes`;
  return ready > 0
    ? judge('Ready', 'True', reason('Ready', { summary }))
    : judge('Ready', 'False', reason('NotReady', { summary }));
}

/** A message names this many Services at most. */
const servicesNamedMax = 10;

function judgeFree(pool: Pool, usages: readonly Usage[]): Judgement {
  const isFull = ({ free, cooling }: Usage) => free === '0' && cooling === '0';
  const full = usages.find(isFull);
  if (full !== undefined) {
    const { family, size } = full;
    const why = reason('PoolExhausted', { pool: pool.name, family, size });
    return judge('AddressesAvailable', 'False', why);
  }
  const summary = usages.map(({ family, free }) => `${free} ${family} addresses free`).join(', ');
  const why: Reason = reason('AddressesFree', { summary: summary || 'no addresses' });
  return judge('AddressesAvailable', usages.length > 0 ? 'True' : 'False', why);
}

/** A60: reserved addresses that somebody else had before, and keeps. */
function judgeReservations(space: PoolSpace, vips: readonly Vip[]): Judgement[] {
  if (space.reserved.length === 0) return [];
  const occupied = vips.filter(isCarried).flatMap((vip) => {
    const reservation = reservationOf(space, vip.address);
    const others = vip.holders.filter((holder) => !isReservedFor(reservation, holder));
    if (reservation === undefined || others.length === 0) return [];
    return [`${formatAddress(vip.address)} by ${holderNames({ holders: others })}`];
  });
  const shown = occupied.slice(0, servicesNamedMax).join(', ');
  return [
    occupied.length === 0
      ? judge('ReservationsFree', 'True', reason('ReservationsFree'))
      : judge('ReservationsFree', 'False', reason('ReservationOccupied', { occupied: shown })),
  ];
}

/** How many VRRP instances the pool has, and how many more its range of VRIDs allows. */
function vridsOf({ instances }: ClusterSnapshot, pool: Pool): { used: number; free: number } {
  const { firstVrid, lastVrid } = pool.vrrp;
  const isInRange = ({ vrid }: Instance) => firstVrid <= vrid && vrid <= lastVrid;
  const taken = new Set(instances.filter(isInRange).map(({ vrid }) => vrid));
  const used = instances.filter((instance) => instance.pool === pool.name).length;
  return { used, free: Math.max(0, lastVrid - firstVrid + 1 - taken.size) };
}

function judgeClassless({ classlessServices: count }: PoolSources): Judgement[] {
  return count === 0 ? [] : [judge('ClasslessServices', 'True', reason('ClassUnset', { count }))];
}

/** Services that this pool was asked for and could not serve. */
function waitingFor({ refusals }: PoolSources, { name }: Pool): number {
  return refusals.filter(({ data }) => isRefusedBy(data, name)).length;
}

/** Whether the pool is one of those that a refusal is about. */
export function isRefusedBy({ pool, pools = '' }: ReasonData, name: string): boolean {
  return pool === name || String(pools).split(' ').includes(name);
}

/** A pool is not deleted while an address of it is held (A48). */
function finalizerPart(
  { allocation }: PoolSources,
  pool: Pool,
  vips: readonly Vip[],
): Partial<Part> {
  const isUsed =
    vips.some(isCarried) ||
    allocation.operations.some((o) => o.kind === 'vip-create' && o.spec.pool === pool.name);
  const others = pool.finalizers.filter((name) => name !== poolFinalizer);
  const hasOurs = others.length < pool.finalizers.length;
  // A finalizer cannot be added to an object that is being deleted.
  if (isUsed === hasOurs || (isUsed && pool.deleting)) return {};
  const finalizers = isUsed ? [...others, poolFinalizer] : others;
  return { finalizers: { ...subjectOf(pool), finalizers } };
}

function subjectOf({ name, uid, resourceVersion }: Pool): Subject {
  return { regarding: { apiVersion, kind: 'VipPool', name, uid }, resourceVersion };
}
