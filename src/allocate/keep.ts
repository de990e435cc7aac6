import { none } from '../lib/none.ts';
import { byEach, byNumber, byText } from '../lib/order.ts';
import { isSame } from '../lib/same.ts';
import type { ClusterView } from '../model/cluster-view.ts';
import type { Pool, Service, VipHolder } from '../model/objects.ts';
import { byHolder, stayingHolders } from '../model/vip-holders.ts';
import { sameAddress } from '../net/address.ts';
import { formatAddress } from '../net/format-address.ts';
import { vipFinalizer } from '../tables/names.ts';
import { isWanted } from './claims.ts';
import { byAgeThenKey, type Draft, isHeld, type VipPlan } from './draft.ts';
import { passOn } from './pass-on.ts';
import { stillContains } from './pool-space.ts';
import { readingOf } from './reading.ts';
import { familiesOf } from './requests.ts';
import { whyNotShared } from './sharing.ts';
import { byUid, place, release } from './take.ts';

/**
 * Holdings before anything else (A2, A53): every held Vip whose Service still wants it stays,
 * whatever became of pools, labels and priorities (A46, A48, A49, A51); every other one is released
 * (A39, A45, A57). What each Service has is then in `draft.kept`, what it leaves behind in a move
 * in `draft.moves`.
 */
export function keepHeld(draft: Draft, view: ClusterView): void {
  const held = [...draft.vips.values()].filter(isHeld);
  const vipsOf = byHolder(held, stayingHolders);
  const choiceOf = (service: Service) => choose(draft, service, vipsOf.get(service.uid) ?? []);
  for (const vip of held) {
    for (const { uid } of keepVip(draft, vip, choiceOf)) {
      const names = draft.kept.get(uid);
      draft.kept.set(uid, names === undefined ? [vip.name] : [...names, vip.name]);
    }
  }
  for (const [uid, vips] of vipsOf) {
    const service = vips.length < 2 ? undefined : wantedService(draft, uid);
    const leaving = service === undefined ? [] : choiceOf(service).leaving;
    if (leaving.length > 0) draft.moves.set(uid, plansOf(draft, leaving));
  }
  passOn(draft, view);
}

/** The Vips that the Service with this UID has and is to keep. */
export function keptBy(draft: Draft, uid: string): readonly VipPlan[] {
  const names = draft.kept.get(uid);
  return names === undefined ? [] : plansOf(draft, names);
}

/** The Service with this UID, when it shall have an address. */
function wantedService({ serviceOf, snapshot }: Draft, uid: string): Service | undefined {
  const service = serviceOf.get(uid);
  return service !== undefined && isWanted(service, snapshot) ? service : undefined;
}

/**
 * Names of a Service's Vips: those it is to have, and those it leaves once they are there. Never
 * more than one of each family.
 */
type Choice = { readonly targets: readonly string[]; readonly leaving: readonly string[] };

/**
 * One address of each family. Of two, the one that the owner wants and its pool still has is the
 * Service's; the other one serves on until the first is published (A31, A48). Two that two leaders
 * gave at once end the same way.
 */
function choose(draft: Draft, service: Service, vips: readonly VipPlan[]): Choice {
  const [only] = vips;
  // So it is with most: there is nothing to choose.
  if (only !== undefined && vips.length === 1) {
    const isOfFamily = familiesOf(service).includes(only.address.family);
    return { targets: isOfFamily ? [only.name] : none, leaving: none };
  }
  const targets: string[] = [];
  const leaving: string[] = [];
  const isPublished = ({ address }: VipPlan) => {
    const text = formatAddress(address);
    return service.ingress.some(({ ip }) => ip === text);
  };
  for (const family of familiesOf(service)) {
    const rivals = vips.filter((vip) => vip.address.family === family);
    const [target, ...others] =
      rivals.length < 2 ? rivals : rivals.toSorted(byWish(draft, service, isPublished));
    if (target === undefined) continue;
    targets.push(target.name);
    if (others.length === 0) continue;
    const last = isPublished(target) ? undefined : others.find(isPublished);
    if (last !== undefined) leaving.push(last.name);
  }
  return { targets, leaving };
}

function byWish(draft: Draft, service: Service, isPublished: (vip: VipPlan) => boolean) {
  const { request } = readingOf(service);
  const wishes = request.ok ? request.value : { addresses: [], pool: undefined };
  const isWished = ({ address, pool }: VipPlan) => {
    const isNamed = wishes.addresses.some((wish) => sameAddress(wish, address));
    const isOfPool = wishes.pool === undefined || pool === wishes.pool;
    return isOfPool && (isNamed || wishes.addresses.length === 0);
  };
  const isOutside = (vip: VipPlan) => isStranded(draft.spaceOf.get(vip.pool)?.pool, vip);
  return byEach<VipPlan>(
    byNumber((vip) => (isWished(vip) ? 0 : 1)),
    byNumber((vip) => (isOutside(vip) ? 1 : 0)),
    byNumber((vip) => (isPublished(vip) ? 0 : 1)),
    (a, b) => byText(a.name, b.name),
  );
}

/**
 * Keeps the holders that may stay together, in a fixed order, and lets the others go. Returns the
 * Services that are to have it, without those that leave it in a move.
 */
function keepVip(
  draft: Draft,
  vip: VipPlan,
  choiceOf: (service: Service) => Choice,
): readonly Service[] {
  const wanting = stayingHolders(vip).flatMap((holder) => {
    const service = wantedService(draft, holder.uid);
    if (service === undefined) return [];
    const { targets, leaving } = choiceOf(service);
    const isTarget = targets.includes(vip.name);
    return isTarget || leaving.includes(vip.name) ? [{ service, holder, isTarget }] : [];
  });
  const staying = compatible(wanting);
  const isStaying = ({ uid }: VipHolder) => staying.some(({ service }) => service.uid === uid);
  const leaving = vip.holders.filter((h) => !isStaying(h)).map((h) => leave(draft, h));
  if (staying.length === 0) {
    release(draft, vip, leaving);
    return [];
  }
  keep(draft, vip, [...staying.map(({ claim }) => claim), ...leaving]);
  return staying.filter(({ isTarget }) => isTarget).map(({ service }) => service);
}

type Wanting = {
  readonly service: Service;
  readonly holder: VipHolder;
  readonly isTarget: boolean;
};

/**
 * A37: those whose claim is as the Vip records it come first, so whoever changed key or ports gives
 * way. The first of all always stays.
 */
function compatible(wanting: readonly Wanting[]) {
  const claims = wanting.map((one) => ({ ...one, claim: readingOf(one.service).holder }));
  if (claims.length < 2) return claims;
  const inOrder = claims.toSorted(
    byEach(
      byNumber(({ holder, claim }) => (isSameClaim(holder, claim) ? 0 : 1)),
      (a, b) => byAgeThenKey(a.service, b.service),
    ),
  );
  const staying: typeof claims = [];
  for (const one of inOrder) {
    const isAllowed = staying.every((other) => !whyNotShared(other.claim, one.claim));
    if (isAllowed) staying.push(one);
  }
  return staying;
}

function isSameClaim(a: VipHolder, b: VipHolder): boolean {
  return a.sharingKey === b.sharingKey && isSame(a.ports, b.ports);
}

/** Only a deleted Service has its address kept (A61); one that moves or retypes does not. */
function leave(draft: Draft, holder: VipHolder): VipHolder {
  const service = draft.serviceOf.get(holder.uid);
  const isAlive = service !== undefined && !service.deleting;
  return {
    ...holder,
    retainSeconds: isAlive ? 0 : holder.retainSeconds,
    leavingSinceMs: holder.leavingSinceMs ?? draft.snapshot.nowMs,
  };
}

function keep(draft: Draft, vip: VipPlan, holders: readonly VipHolder[]): void {
  const pool = draft.spaceOf.get(vip.pool)?.pool;
  const phase = isStranded(pool, vip) ? 'Stranded' : 'Held';
  const isLocked = vip.finalizers.includes(vipFinalizer);
  const sorted = holders.toSorted(byUid);
  // As it is in the draft: the very same object tells that there is nothing to compare or to write.
  if (phase === vip.phase && isLocked && isSame(sorted, vip.holders)) return;
  const phaseSinceMs = phase === vip.phase ? vip.phaseSinceMs : draft.snapshot.nowMs;
  const finalizers = isLocked ? vip.finalizers : [...vip.finalizers, vipFinalizer];
  place(draft, { ...vip, holders: sorted, phase, phaseSinceMs, finalizers });
}

/** A48. A pool that is not valid judges nobody (A51): what was stranded before stays so. */
function isStranded(pool: Pool | undefined, vip: VipPlan): boolean {
  if (pool === undefined) return true;
  if (pool.problems.length > 0) return vip.phase === 'Stranded';
  return !stillContains(pool, vip.address);
}

function plansOf(draft: Draft, names: readonly string[]): VipPlan[] {
  return names.flatMap((name) => {
    const vip = draft.vips.get(name);
    return vip !== undefined && isHeld(vip) ? [vip] : [];
  });
}
