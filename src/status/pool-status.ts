import type { Allocation } from '../allocate/allocate.ts';
import { isCarried } from '../allocate/draft.ts';
import { hasAddress, type PoolSpace, spaceSize } from '../allocate/pool-space.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import type { ClusterView } from '../model/cluster-view.ts';
import type { ClusterSnapshot, Pool, Vip } from '../model/objects.ts';
import type { Family } from '../net/address.ts';
import { apiVersion, poolFinalizer } from '../tables/names.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import { conditionsOf, type Judgement, judge } from './conditions.ts';
import { type Part, samePart, statusPart } from './status-part.ts';

/** Where a pool's status comes from. */
export type PoolSources = {
  readonly snapshot: ClusterSnapshot;
  readonly view: ClusterView;
  readonly allocation: Allocation;
  readonly vipsOfPool: ReadonlyMap<string, readonly Vip[]>;
  /** LoadBalancer Services that nobody serves because they have no class. */
  readonly classlessServices: number;
};

/**
 * How many addresses of one family there are; texts, for an IPv6 range has more than a number can
 * say (A13).
 */
type Usage = Readonly<Record<'family' | 'size' | 'used' | 'free' | 'cooling' | 'stranded', string>>;

/** What a VipPool's status and finalizer should be. */
export function poolStatus(sources: PoolSources, space: PoolSpace): Part {
  const { pool } = space;
  const vips = sources.vipsOfPool.get(pool.name) ?? [];
  const usages = families.map((family) => usageOf(space, family, vips)).filter(isWorthSaying);
  const { generation } = pool;
  const judgements = [
    judgeValid(space, usages),
    judgeReady(sources, pool, vips),
    judgeFree(pool, usages),
    ...judgeClassless(sources),
  ];
  const stamp = { before: pool.conditions, nowMs: sources.view.nowMs, generation };
  const conditions = conditionsOf(judgements, stamp);
  const numbers = {
    observedGeneration: generation,
    addresses: usages,
    waitingServices: waitingFor(sources.allocation, pool),
    classlessServices: sources.classlessServices,
  };
  const isSame =
    canonicalJson(numbers) === pool.statusText &&
    samePart({ conditions: pool.conditions }, { conditions });
  const { name, uid } = pool;
  const regarding = { apiVersion, kind: 'VipPool', name, uid };
  const status = isSame
    ? { events: [] }
    : statusPart(regarding, { ...numbers, conditions }, pool.conditions);
  return { ...status, ...finalizerPart(sources, pool, vips) };
}

const families: readonly Family[] = ['IPv4', 'IPv6'];

function usageOf(space: PoolSpace, family: Family, vips: readonly Vip[]): Usage {
  const own = vips.filter((vip) => vip.address.family === family);
  const inside = own.filter((vip) => hasAddress(space, vip.address));
  const cooling = inside.filter((vip) => vip.phase === 'Cooling').length;
  const used = inside.length - cooling;
  const stranded = own.filter((vip) => vip.phase === 'Stranded').length;
  const size = spaceSize(space, family);
  const free = size - BigInt(inside.length);
  const texts = { size, used, free, cooling, stranded };
  const asText = Object.entries(texts).map(([name, count]) => [name, count.toString()]);
  return { family, ...(Object.fromEntries(asText) as Omit<Usage, 'family'>) };
}

function isWorthSaying({ size, used, stranded }: Usage): boolean {
  return [size, used, stranded].some((count) => count !== '0');
}

function judgeValid({ pool, overlaps }: PoolSpace, usages: readonly Usage[]): Judgement {
  const [problem] = [...pool.problems, ...overlaps];
  if (problem !== undefined) return judge('Valid', 'False', problem);
  const size = usages.map((usage) => `${usage.size} ${usage.family}`).join(', ');
  return judge('Valid', 'True', reason('Valid', { size: size || '0' }));
}

/** A pool that is going says who still uses it (A48); else on how many nodes its daemons run. */
function judgeReady({ view }: PoolSources, pool: Pool, vips: readonly Vip[]): Judgement {
  const holders = vips
    .filter(isCarried)
    .map(({ holder }) => `${holder?.namespace}/${holder?.name}`);
  if (pool.deleting && holders.length > 0) {
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

function judgeClassless({ classlessServices: count }: PoolSources): Judgement[] {
  return count === 0 ? [] : [judge('ClasslessServices', 'True', reason('ClassUnset', { count }))];
}

/** Services whose refusal names the pool. */
function waitingFor({ outcomes }: Allocation, pool: Pool): number {
  const refusals = [...outcomes.values()].filter((outcome) => outcome.kind === 'refused');
  return refusals.filter((refusal) => refusal.reason.data['pool'] === pool.name).length;
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
  const { name, uid, resourceVersion } = pool;
  const regarding = { apiVersion, kind: 'VipPool', name, uid };
  return { finalizers: { regarding, resourceVersion, finalizers } };
}
