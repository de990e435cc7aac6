import { Remembered } from '../lib/remembered.ts';
import { ok, type Result } from '../lib/result.ts';
import type { ClusterView } from '../model/cluster-view.ts';
import type { Service } from '../model/objects.ts';
import { stayingHolders } from '../model/vip-holders.ts';
import { formatAddress } from '../net/format-address.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import { adopt } from './adopt.ts';
import { followRequest } from './change.ts';
import type { Asking } from './choose-pools.ts';
import { isOurs, isPrepared, wantedServices } from './claims.ts';
import { byAgeThenKey, type Draft, isHeld, type VipPlan } from './draft.ts';
import { grantFrom, grantNew } from './grant.ts';
import { keepHeld, keptBy } from './keep.ts';
import { notesOf } from './notes.ts';
import type { Outcome } from './outcome.ts';
import { readingOf } from './reading.ts';
import { reassign } from './reassign.ts';
import { familiesOf } from './requests.ts';
import { giveBack } from './take.ts';

/**
 * Decides every address at once. What is held stays, what was published is adopted, and only then
 * the waiting ones are served, oldest first: the order is the policy (A2, A54, A59).
 */
export function allocateServices(draft: Draft, view: ClusterView): void {
  const wanted = wantedServices(draft.snapshot).toSorted(byAgeThenKey);
  keepHeld(draft, view);
  const adopted = new Map<string, readonly VipPlan[]>();
  for (const service of wanted) {
    if (readingOf(service).refusal !== undefined) continue;
    const own = keptBy(draft, service.uid);
    const vips = adopt(draft, askingOf(draft, service), own);
    if (vips !== own) adopted.set(service.uid, vips);
  }
  for (const service of wanted) {
    const vips = adopted.get(service.uid) ?? keptBy(draft, service.uid);
    draft.outcomes.set(service.uid, decide(draft, askingOf(draft, service), vips));
  }
  for (const service of draft.snapshot.services) refuseHeadless(draft, service);
}

function askingOf(draft: Draft, service: Service): Asking {
  const namespace = draft.namespaces.get(service.namespace);
  return { service, namespace, spaces: draft.spaces };
}

/** A39: told, not silent. */
function refuseHeadless(draft: Draft, service: Service): void {
  const isHeadless = isOurs(service, draft.snapshot.isDefaultClass) && !service.deleting;
  if (!isHeadless || familiesOf(service).length > 0) return;
  draft.outcomes.set(service.uid, { kind: 'refused', reason: reason('NoClusterIp') });
}

function decide(draft: Draft, asking: Asking, vips: readonly VipPlan[]): Outcome {
  const { service } = asking;
  const { refusal, request } = readingOf(service);
  if (vips.length > 0) {
    return refusal === undefined ? improved(draft, asking, vips) : granted(draft, asking, vips);
  }
  if (refusal !== undefined) return { kind: 'refused', reason: refusal };
  if (!isPrepared(service)) return { kind: 'preparing' };
  const promise = promisedTo(draft, service);
  if (promise !== undefined) return { kind: 'refused', reason: promise };
  const fresh = request.ok ? grantNew(draft, asking, request.value) : request;
  if (!fresh.ok) return { kind: 'refused', reason: fresh.problem };
  return granted(draft, asking, fresh.value);
}

/** What it holds, with what it asks for and may have now (A31, A44, A48). */
function improved(draft: Draft, asking: Asking, vips: readonly VipPlan[]): Outcome {
  const { service } = asking;
  const held = reassign(draft, asking, followRequest(draft, asking, vips));
  const more = complete(draft, service, held);
  if (more.ok) return granted(draft, asking, [...held, ...more.value]);
  if (!mustBeWhole(service, held)) return granted(draft, asking, held);
  // What it would have left for another one goes as well.
  for (const { name } of [...vips, ...held]) {
    const vip = draft.vips.get(name);
    if (vip !== undefined && isHeldBy(vip, service.uid)) giveBack(draft, vip, service.uid);
  }
  return { kind: 'refused', reason: more.problem };
}

function isHeldBy(vip: VipPlan, uid: string): boolean {
  return isHeld(vip) && stayingHolders(vip).some((holder) => holder.uid === uid);
}

/**
 * A6: half of what RequireDualStack asks for is nothing (A41), for instance when the second of two
 * creates failed. What is published already stays all the same (A45).
 */
function mustBeWhole(service: Service, held: readonly VipPlan[]): boolean {
  const published = new Set(service.ingress.map(({ ip }) => ip));
  const isPublished = held.some(({ address }) => published.has(formatAddress(address)));
  return service.familyPolicy === 'RequireDualStack' && !isPublished;
}

/** A55: an address that stands in status waits for a node rather than give way to another one. */
function promisedTo(draft: Draft, service: Service): Reason | undefined {
  const names = draft.promises.get(service.uid);
  if (names === undefined) return undefined;
  const why = 'it is published already and waits for a fitting node';
  return reason('NoEligibleNode', { address: names.join(', '), why });
}

/** A44, A45: the missing family from the same pool, when that can be had. */
function complete(
  draft: Draft,
  service: Service,
  held: readonly VipPlan[],
): Result<readonly VipPlan[], Reason> {
  const families = familiesOf(service).filter(
    (family) => !held.some((vip) => vip.address.family === family),
  );
  const [first] = held;
  if (first === undefined || families.length === 0) return ok([]);
  const space = draft.spaceOf.get(first.pool);
  const isGiving = space !== undefined && space.pool.problems.length === 0;
  if (!isGiving || !isPrepared(service)) return ok([]);
  const wish = { service, families, request: { pool: undefined, addresses: [] } };
  return grantFrom(draft, space, { wish, beside: held });
}

function granted(draft: Draft, asking: Asking, vips: readonly VipPlan[]): Outcome {
  const { service, namespace } = asking;
  const pools = vips.map(({ pool }) => draft.spaceOf.get(pool)?.pool);
  const said = draft.notes.get(service.uid);
  return grants.of(service, [namespace, said, ...vips, ...pools], () => {
    const families = familiesOf(service);
    const inOrder = families.flatMap((family) => vips.filter((v) => v.address.family === family));
    const notes = [...(said ?? []), ...notesOf(draft, asking, inOrder)];
    return { kind: 'granted', pool: inOrder[0]?.pool ?? '', notes, vips: inOrder.map(grantedVip) };
  });
}

/** Most Services have what they had: nothing is to be said anew of them. */
const grants = new Remembered<Service, Outcome>();

function grantedVip({ name, address, instance, phase }: VipPlan) {
  return { name, address, instance, phase };
}
