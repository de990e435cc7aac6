import { isOurs } from '../allocate/claims.ts';
import type { Outcome } from '../allocate/outcome.ts';
import { by } from '../lib/order.ts';
import type { ClusterSnapshot, Pool, Service } from '../model/objects.ts';
import { formatAddress } from '../net/format-address.ts';
import { formatRange } from '../net/parse-range.ts';
import type { Reason } from '../tables/reasons.ts';
import { type Told, tell } from './finding.ts';
import { numbersOf, type PoolRow } from './pool-rows.ts';
import { type Settled, settle } from './settle.ts';

/** What would become of one Service. */
export type PlannedService = {
  /** `namespace/name`. */
  readonly service: string;
  /**
   * `gets`, `moves`, `loses`: its addresses change. `stranded`: it keeps an address that its pool
   * would no longer contain. `waits`: it has none and would get none. `keeps`: nothing changes, or
   * only what is said of it.
   */
  readonly change: 'gets' | 'moves' | 'loses' | 'stranded' | 'waits' | 'keeps';
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Of `after`, those outside their pool. */
  readonly stranded: readonly string[];
  readonly pool: string | null;
  /** It loses, is stranded, or waits, and did not before; or waits and was asked about. */
  readonly harm: boolean;
  /** What its owner would be told: why it waits, or what is odd about what it has. */
  readonly told: readonly Told[];
};

/** What would become of one pool that is edited. */
export type PlannedPool = {
  readonly pool: string;
  readonly isNew: boolean;
  readonly ranges: readonly string[];
  /** Why it would give nothing new. */
  readonly problems: readonly Told[];
  readonly before: PoolRow['addresses'];
  readonly after: PoolRow['addresses'];
};

/** What `plan` tells: plain JSON, the documented shape of `-o json`. */
export type PlanReport = {
  readonly kind: 'PlanReport';
  /** Nobody would come to harm, and every pool of the plan is valid. */
  readonly harmless: boolean;
  readonly pools: readonly PlannedPool[];
  /** Those for whom something changes, those that wait, and those that were asked about. */
  readonly services: readonly PlannedService[];
  /** Our Services for which nothing changes. */
  readonly unchanged: number;
  /** False: it was still changing after many rounds, and the rest follows in the same way. */
  readonly complete: boolean;
  /** What the API server says of the objects, and what was not asked of it. */
  readonly remarks: readonly string[];
};

/** A cluster, and the same cluster with some objects edited. */
export type Edit = {
  readonly live: ClusterSnapshot;
  readonly edited: ClusterSnapshot;
  /** Names of the pools edited, and keys of the Services asked about. */
  readonly pools: readonly string[];
  readonly services: readonly string[];
  readonly remarks: readonly string[];
};

/** Compares where both come to when nothing else happens. Writes nothing anywhere. */
export function planReport(edit: Edit): PlanReport {
  const before = settle(edit.live);
  const after = edit.edited === edit.live ? before : settle(edit.edited);
  const asked = new Set(edit.services);
  const hadSome = ({ uid }: Service) => addressesOf(before.allocation.outcomes.get(uid)).length > 0;
  const isConcerned = (service: Service) =>
    isOurs(service, after.snapshot.isDefaultClass) || hadSome(service);
  const all = after.snapshot.services
    .filter((service) => isConcerned(service) && !service.deleting)
    .toSorted(by(keyOf))
    .map((service) => plannedService({ before, after }, service, asked.has(keyOf(service))));
  const services = all.filter(
    ({ change, told, service }) => change !== 'keeps' || told.length > 0 || asked.has(service),
  );
  const pools = edit.pools.flatMap((name) => plannedPool({ before, after }, name));
  const isHarmless =
    services.every(({ harm }) => !harm) && pools.every(({ problems }) => problems.length === 0);
  return {
    kind: 'PlanReport',
    harmless: isHarmless,
    ...{ pools, services },
    unchanged: all.length - services.length,
    complete: before.isSettled && after.isSettled,
    remarks: edit.remarks,
  };
}

type Both = { readonly before: Settled; readonly after: Settled };

function keyOf({ namespace, name }: Pick<Service, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

function plannedService(both: Both, service: Service, isAsked: boolean): PlannedService {
  const was = both.before.allocation.outcomes.get(service.uid);
  const will = both.after.allocation.outcomes.get(service.uid);
  const had = addressesOf(was);
  const has = addressesOf(will);
  const stranded = strandedOf(will);
  const isNewlyStranded = stranded.some((address) => !strandedOf(was).includes(address));
  const change = changeOf({ had, has, isNewlyStranded });
  const isNewWait = isAsked || codesOf(was) !== codesOf(will);
  return {
    service: keyOf(service),
    ...{ change, before: had, after: has, stranded },
    harm: change === 'loses' || change === 'stranded' || (change === 'waits' && isNewWait),
    pool: will?.kind === 'granted' ? will.pool : null,
    told: reasonsOf(will).map(tell),
  };
}

function changeOf(of: {
  readonly had: readonly string[];
  readonly has: readonly string[];
  readonly isNewlyStranded: boolean;
}): PlannedService['change'] {
  const { had, has } = of;
  if (has.length === 0) return had.length === 0 ? 'waits' : 'loses';
  if (of.isNewlyStranded) return 'stranded';
  if (had.length === 0) return 'gets';
  return had.join() === has.join() ? 'keeps' : 'moves';
}

function addressesOf(outcome: Outcome | undefined): readonly string[] {
  return outcome?.kind === 'granted' ? outcome.vips.map((vip) => formatAddress(vip.address)) : [];
}

function strandedOf(outcome: Outcome | undefined): readonly string[] {
  const vips = outcome?.kind === 'granted' ? outcome.vips : [];
  const stranded = vips.filter(({ phase }) => phase === 'Stranded');
  return stranded.map(({ address }) => formatAddress(address));
}

function reasonsOf(outcome: Outcome | undefined): readonly Reason[] {
  if (outcome?.kind === 'granted') return outcome.notes;
  return outcome?.kind === 'refused' ? [outcome.reason] : [];
}

function codesOf(outcome: Outcome | undefined): string {
  return reasonsOf(outcome)
    .map(({ code }) => code)
    .join();
}

function plannedPool({ before, after }: Both, name: string): PlannedPool[] {
  const of = ({ snapshot }: Settled) => snapshot.pools.find((pool) => pool.name === name);
  const [was, will] = [of(before), of(after)];
  if (will === undefined) return [];
  const space = after.allocation.spaces.find(({ pool }) => pool.name === name);
  const problems = [...will.problems, ...(space?.overlaps ?? [])];
  return [
    {
      pool: name,
      isNew: was === undefined,
      ranges: will.ranges.map(formatRange),
      problems: problems.map(tell),
      before: countsOf(was),
      after: countsOf(will),
    },
  ];
}

function countsOf(pool: Pool | undefined): PoolRow['addresses'] {
  return pool === undefined ? [] : numbersOf(pool).addresses;
}
