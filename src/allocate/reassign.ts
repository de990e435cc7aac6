import { ok, type Result } from '../lib/result.ts';
import { sameAddress } from '../net/address.ts';
import { formatAddress } from '../net/format-address.ts';
import { type Reason, reason, sentence } from '../tables/reasons.ts';
import { type Asking, isGranting, matches } from './choose-pools.ts';
import { type Draft, note, type VipPlan } from './draft.ts';
import { grantFrom, grantNew } from './grant.ts';
import { readingOf } from './reading.ts';
import type { Request } from './requests.ts';

/**
 * Gives a Service other addresses for those that lie outside their pool, when its owner says so or
 * the pool does (A48, A50): of the same pool if it can, else all of them from another one. The old
 * ones are served until the new ones are published.
 */
export function reassign(
  draft: Draft,
  asking: Asking,
  held: readonly VipPlan[],
): readonly VipPlan[] {
  const { request } = readingOf(asking.service);
  const outside = held.filter((vip) => shallLeave(draft, asking, { vip, request }));
  if (outside.length === 0 || draft.moves.has(asking.service.uid)) return held;
  const moved = moveOff(draft, asking, { held, outside });
  if (moved.ok) {
    draft.moves.set(asking.service.uid, outside);
    return moved.value;
  }
  const addresses = outside.map(({ address }) => formatAddress(address)).join(', ');
  const data = { held: addresses, why: sentence(moved.problem) };
  note(draft, asking.service, reason('KeptDespiteReassign', data));
  return held;
}

function shallLeave(
  draft: Draft,
  { service }: Asking,
  of: { vip: VipPlan; request: Result<Request, Reason> },
): boolean {
  const { vip, request } = of;
  if (vip.phase !== 'Stranded') return false;
  const wishes = request.ok ? request.value.addresses : [];
  if (wishes.some((wish) => sameAddress(wish, vip.address))) return false;
  const asked = readingOf(service).settings.reassign;
  if (asked.some((address) => sameAddress(address, vip.address))) return true;
  const pool = draft.spaceOf.get(vip.pool)?.pool;
  const isPolicy = pool?.strandedPolicy === 'Reassign' && pool.problems.length === 0;
  return isPolicy && !isMoving(draft, vip.pool);
}

/** A pool that moves its Services by itself moves one after the other. */
function isMoving(draft: Draft, pool: string): boolean {
  const leaving = [...draft.moves.values()].flat();
  return leaving.some((vip) => vip.pool === pool && vip.phase === 'Stranded');
}

function moveOff(
  draft: Draft,
  asking: Asking,
  of: { held: readonly VipPlan[]; outside: readonly VipPlan[] },
): Result<readonly VipPlan[], Reason> {
  const { service } = asking;
  const staying = of.held.filter((vip) => !of.outside.includes(vip));
  const families = of.outside.map(({ address }) => address.family);
  const { request: asked } = readingOf(service);
  const request = { pool: asked.ok ? asked.value.pool : undefined, addresses: [] };
  const wish = { service, families, request };
  const space = draft.spaceOf.get(of.held[0]?.pool ?? '');
  if (space !== undefined && isGranting(space.pool) && matches(asking, space.pool)) {
    const granted = grantFrom(draft, space, { wish, beside: staying });
    if (granted.ok) return ok([...staying, ...granted.value]);
    if (staying.length > 0) return granted;
  }
  return staying.length > 0 ? ok(of.held) : grantNew(draft, asking, request);
}
