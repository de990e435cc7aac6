import { byEach, byNumber, byText } from '../lib/order.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { Namespace, Pool, Service } from '../model/objects.ts';
import { isEmptySelector, selects } from '../model/parse-selector.ts';
import type { Address } from '../net/address.ts';
import { formatAddress } from '../net/format-address.ts';
import { formatRange } from '../net/parse-range.ts';
import { contains } from '../net/range.ts';
import { annotations } from '../tables/names.ts';
import { quoted, type Reason, reason } from '../tables/reasons.ts';
import { hasAddress, isExcluded, type PoolSpace } from './pool-space.ts';
import { addressesField, type Request } from './requests.ts';

/** Who asks, and what there is to choose from. */
export type Asking = {
  readonly service: Service;
  readonly namespace: Namespace | undefined;
  readonly spaces: readonly PoolSpace[];
};

/**
 * The pools to try, in order: those the request names, else pinned before plain ones (A18–A21,
 * A27–A29).
 */
export function choosePools(
  asking: Asking,
  request: Request,
): Result<readonly PoolSpace[], Reason> {
  if (request.addresses.length > 0) return poolOfAddresses(asking, request);
  if (request.pool !== undefined) return namedPool(asking, request.pool);
  const candidates = asking.spaces.filter(
    ({ pool }) => pool.assignment === 'Automatic' && isGranting(pool) && matches(asking, pool),
  );
  if (candidates.length > 0) return ok(candidates.toSorted(byStage));
  return refused(reason('NoPool', { why: whyNone(asking) }));
}

/** A51: an invalid pool, and one that is going, gives nothing new. */
export function isGranting(pool: Pool): boolean {
  return pool.problems.length === 0 && !pool.deleting;
}

/** A19: both parts; an empty selector sets no limit. A namespace nobody knows yet has no labels. */
export function matches({ service, namespace }: Asking, pool: Pool): boolean {
  return (
    selects(pool.namespaceSelector, namespace?.labels ?? {}) &&
    selects(pool.serviceSelector, service.labels)
  );
}

/** A20, A21: pinned pools first, priority 1 before 2, 0 last among them; then by name. */
export const byStage = byEach<PoolSpace>(
  byNumber(({ pool }) => (isPinned(pool) ? 0 : 1)),
  byNumber(({ pool }) => (pool.priority > 0 ? pool.priority : Number.MAX_SAFE_INTEGER)),
  (a, b) => byText(a.pool.name, b.pool.name),
);

function isPinned(pool: Pool): boolean {
  const selectors = [pool.namespaceSelector, pool.serviceSelector];
  return pool.priority > 0 || selectors.some((selector) => !isEmptySelector(selector));
}

function whyNone(asking: Asking): string {
  if (asking.spaces.length === 0) return 'there is none; create one';
  return asking.spaces
    .slice(0, poolsNamedMax)
    .map(({ pool }) => `${pool.name} ${whyNotThis(asking, pool)}`)
    .join(', ');
}

/** A message names this many pools at most. */
const poolsNamedMax = 10;

/** Why a pool is no candidate for a Service that asks for none in particular; ends a sentence. */
export function whyNotThis(asking: Asking, pool: Pool): string {
  if (pool.deleting) return 'is being deleted';
  if (!isGranting(pool)) return 'is not valid';
  const labels = asking.namespace?.labels ?? {};
  if (!selects(pool.namespaceSelector, labels)) return 'does not select the namespace';
  if (!selects(pool.serviceSelector, asking.service.labels)) return 'does not select the Service';
  return 'gives addresses on request only (spec.assignment: OnRequest)';
}

/** A28: with `OnRequest` as well; priorities play no part. */
function namedPool(asking: Asking, name: string): Result<readonly PoolSpace[], Reason> {
  const space = asking.spaces.find(({ pool }) => pool.name === name);
  const data = { pool: quoted(name), annotation: annotations.pool };
  if (space === undefined) return refused(reason('PoolNotFound', data));
  const invalid = space.pool.problems[0];
  if (invalid !== undefined) return refused(invalid);
  if (!isGranting(space.pool) || !matches(asking, space.pool)) {
    return refused(reason('NoPool', { why: `${name} ${whyNotThis(asking, space.pool)}` }));
  }
  return ok([space]);
}

/** A27, A29, A23: all requested addresses must lie in one pool the Service may use. */
function poolOfAddresses(asking: Asking, request: Request): Result<readonly PoolSpace[], Reason> {
  const owners: PoolSpace[] = [];
  for (const address of request.addresses) {
    const owner = poolOfAddress(asking, address);
    if (!owner.ok) return owner;
    const wanted = request.pool ?? owners[0]?.pool.name ?? owner.value.pool.name;
    if (owner.value.pool.name !== wanted) return refused(inOtherPool(address, owner.value, wanted));
    owners.push(owner.value);
  }
  return ok(owners.slice(0, 1));
}

function inOtherPool(address: Address, owner: PoolSpace, wanted: string): Reason {
  const data = { address: formatAddress(address), pool: owner.pool.name, wanted };
  return reason('AddressInOtherPool', data);
}

function poolOfAddress(asking: Asking, address: Address): Result<PoolSpace, Reason> {
  const text = formatAddress(address);
  const allowed = asking.spaces.filter(({ pool }) => matches(asking, pool));
  const owner = allowed.find((space) => hasAddress(space, address));
  if (owner === undefined) return refused(whyInNone(asking, allowed, address));
  const { pool } = owner;
  const invalid = pool.problems[0];
  if (invalid !== undefined) return refused(invalid);
  if (!isGranting(pool)) return refused(reason('NoPool', { why: `${pool.name} is being deleted` }));
  if (pool.addressRequests === 'Allowed') return ok(owner);
  const field = addressesField(asking.service);
  return refused(reason('AddressRequestsDenied', { pool: pool.name, address: text, field }));
}

function whyInNone({ service }: Asking, allowed: readonly PoolSpace[], address: Address): Reason {
  const text = formatAddress(address);
  const excluding = allowed.find(
    ({ pool }) =>
      pool.ranges.some((range) => contains(range, address)) && isExcluded(pool, address),
  );
  if (excluding !== undefined) {
    const field = addressesField(service);
    return reason('AddressExcluded', { address: text, pool: excluding.pool.name, field });
  }
  const ranges = allowed
    .flatMap(({ usable }) => usable)
    .filter(({ family }) => family === address.family);
  const shown = ranges.slice(0, poolsNamedMax).map(formatRange).join(', ');
  return reason('AddressInNoPool', { address: text, ranges: shown || 'another pool' });
}
