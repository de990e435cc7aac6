import { decided } from '../allocate/allocate.ts';
import { isReservedFor } from '../allocate/choose-address.ts';
import type { Outcome } from '../allocate/outcome.ts';
import { placesOf } from '../allocate/placement.ts';
import { type PoolSpace, poolSpaces } from '../allocate/pool-space.ts';
import { usedBy } from '../allocate/quota.ts';
import { by } from '../lib/order.ts';
import type { Pool, Selector, Vip } from '../model/objects.ts';
import { isEmptySelector, selects } from '../model/parse-selector.ts';
import { formatAddress } from '../net/format-address.ts';
import { formatRange } from '../net/parse-range.ts';
import { contains } from '../net/range.ts';
import { isRefusedBy } from '../status/pool-status.ts';
import { type ConditionRow, conditionRows } from './condition-rows.ts';
import { type Told, tell } from './finding.ts';
import { type InstanceRow, instanceRows } from './instance-rows.ts';
import type { Picture } from './picture.ts';
import { type PoolRow, poolRows } from './pool-rows.ts';
import { type VipRow, vipRows } from './vip-rows.ts';

/** What `explain pool/NAME` tells: plain JSON, the documented shape of `-o json`. */
export type PoolReport = PoolRow & {
  readonly kind: 'PoolReport';
  readonly assignment: string;
  readonly addressRequests: string;
  readonly priority: number;
  /** `kubernetes.io/metadata.name=shop`; empty = all. */
  readonly namespaceSelector: string;
  readonly serviceSelector: string;
  /** Namespaces that it selects now. */
  readonly namespaces: readonly string[];
  /** What it may give: exclusions and what older pools own taken out. */
  readonly usable: readonly string[];
  /** Why it gives nothing new, and what of it belongs to older pools. */
  readonly problems: readonly Told[];
  readonly quotas: readonly QuotaRow[];
  readonly reservations: readonly ReservationRow[];
  /** Where nodes can carry its addresses. */
  readonly places: readonly {
    readonly node: string;
    readonly interface: string;
    readonly address: string;
    readonly segment: string;
  }[];
  readonly vips: readonly VipRow[];
  readonly instances: readonly InstanceRow[];
  readonly waiting: readonly (Told & { readonly service: string })[];
  readonly conditions: readonly ConditionRow[];
  readonly unread: readonly string[];
};

/** What one namespace has of its quota. */
export type QuotaRow = {
  readonly namespace: string;
  readonly limit: number;
  readonly IPv4: number;
  readonly IPv6: number;
};

/** What is kept free for whom, and who has it all the same. */
export type ReservationRow = {
  readonly addresses: readonly string[];
  readonly namespace: string | null;
  readonly service: string | null;
  /** `10.40.0.8 by shop/web`: had it before, and keeps it. */
  readonly occupied: readonly string[];
};

/** Tells everything about one pool. */
export function poolReport(picture: Picture, pool: Pool): PoolReport {
  const { now, snapshot, unread } = picture;
  const spaces = poolSpaces(now.pools);
  const space = spaces.find((each) => each.pool.name === pool.name);
  const row = poolRows(picture).find((each) => each.pool === pool.name);
  const vips = now.vips.filter((vip) => vip.pool === pool.name);
  const spaceOf = new Map(spaces.map((each) => [each.pool.name, each]));
  const current = space?.pool ?? pool;
  return {
    ...(row ?? emptyRow(pool)),
    ...{ kind: 'PoolReport', ...choiceOf(pool) },
    namespaces: snapshot.namespaces
      .filter(({ labels }) => selects(pool.namespaceSelector, labels))
      .map(({ name }) => name)
      .sort(),
    usable: (space?.usable ?? []).map(formatRange),
    problems: [...pool.problems, ...(space?.overlaps ?? [])].map(tell),
    quotas: quotaRows(picture, pool),
    reservations: space === undefined ? [] : reservationRows(space, vips),
    places: placesOf(snapshot, pool).map(({ node, interface: on, address, segment }) => ({
      ...{ node, interface: on, address, segment },
    })),
    vips: vipRows({ spaceOf }, vips),
    instances: instanceRows(
      picture,
      now.instances.filter((instance) => instance.pool === pool.name),
    ),
    waiting: waitingFor(picture, pool),
    conditions: conditionRows(current, pool),
    unread: unread.map(({ sentence }) => sentence),
  };
}

function emptyRow({ name: pool, ranges }: Pool): PoolRow {
  const numbers = { addresses: [], waitingServices: 0, vrids: { used: 0, free: 0 } };
  return { pool, ranges: ranges.map(formatRange), ...numbers, readyNodes: 0, nodes: 0, bad: [] };
}

function choiceOf(pool: Pool) {
  return {
    assignment: pool.assignment,
    addressRequests: pool.addressRequests,
    priority: pool.priority,
    namespaceSelector: selectorText(pool.namespaceSelector),
    serviceSelector: selectorText(pool.serviceSelector),
  };
}

/** As kubectl's `-l` takes it; empty for one that selects everything. */
export function selectorText(selector: Selector): string {
  if (isEmptySelector(selector)) return '';
  const labels = Object.entries(selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = selector.matchExpressions.map(({ key, operator, values }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
  });
  return [...labels, ...expressions].sort().join(',');
}

/** Namespaces that a quota is about and that hold something, or are at their limit of none. */
function quotaRows({ snapshot }: Picture, pool: Pool): readonly QuotaRow[] {
  if (pool.quotas.length === 0) return [];
  const draft = decided(snapshot);
  return snapshot.namespaces.toSorted(by(({ name }) => name)).flatMap(({ name, labels }) => {
    const limits = pool.quotas
      .filter((quota) => selects(quota.namespaceSelector, labels))
      .map(({ maxAddresses }) => maxAddresses);
    if (limits.length === 0) return [];
    const used = (family: 'IPv4' | 'IPv6') => usedBy(draft, pool.name, { namespace: name, family });
    const row = { namespace: name, limit: Math.min(...limits) };
    return [{ ...row, IPv4: used('IPv4'), IPv6: used('IPv6') }];
  });
}

function reservationRows({ pool }: PoolSpace, vips: readonly Vip[]): readonly ReservationRow[] {
  return pool.reservations.map((reservation) => {
    const { ranges, namespace, serviceName } = reservation;
    const occupied = vips
      .filter(({ address }) => ranges.some((range) => contains(range, address)))
      .flatMap(({ address, holders }) =>
        holders
          .filter((holder) => !isReservedFor(reservation, holder))
          .map((holder) => `${formatAddress(address)} by ${holder.namespace}/${holder.name}`),
      );
    return {
      addresses: ranges.map(formatRange),
      namespace: namespace ?? null,
      service: serviceName ?? null,
      occupied: occupied.sort(),
    };
  });
}

/** Services whose refusal names the pool. */
function waitingFor({ snapshot, allocation }: Picture, pool: Pool) {
  const refusalOf = (outcome: Outcome | undefined) =>
    outcome?.kind === 'refused' && isRefusedBy(outcome.reason.data, pool.name)
      ? [tell(outcome.reason)]
      : [];
  return snapshot.services
    .map(({ uid, namespace, name }) => ({ uid, service: `${namespace}/${name}` }))
    .toSorted(by(({ service }) => service))
    .flatMap(({ uid, service }) =>
      refusalOf(allocation?.outcomes.get(uid)).map((told) => ({ service, ...told })),
    );
}
