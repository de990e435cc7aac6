import { byEach, byNumber, byText, grouped } from '../lib/order.ts';
import { isSame } from '../lib/same.ts';
import type { ClusterView } from '../model/cluster-view.ts';
import type { Pool, Service, VipHolder } from '../model/objects.ts';
import { stayingHolders } from '../model/vip-holders.ts';
import { sameAddress } from '../net/address.ts';
import { formatAddress, vipName } from '../net/format-address.ts';
import { vipFinalizer } from '../tables/names.ts';
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
 * (A39, A45, A57). Returns what each Service has, by UID; what it leaves behind in a move is in
 * `draft.moves`.
 */
export function keepHeld(
  draft: Draft,
  view: ClusterView,
  wanted: readonly Service[],
): ReadonlyMap<string, readonly VipPlan[]> {
  const services = new Map(wanted.map((service) => [service.uid, service]));
  const held = [...draft.vips.values()].filter(isHeld);
  const choices = chooseAll(draft, services, held);
  for (const vip of held) {
    for (const { uid } of keepVip(draft, vip, { services, choices })) {
      if (!choices.get(uid)?.targets.has(vip.name)) continue;
      draft.addressesOf.set(uid, [...(draft.addressesOf.get(uid) ?? []), vip.address]);
    }
  }
  for (const [uid, { leaving }] of choices) {
    if (leaving.size > 0) draft.moves.set(uid, plansOf(draft, [...leaving]));
  }
  passOn(draft, view);
  const kept = [...draft.addressesOf];
  return new Map(kept.map(([uid, has]) => [uid, plansOf(draft, has.map(vipName))]));
}

/** What a Service has of its Vips: those it is to have, and those it leaves once they are there. */
type Choice = { readonly targets: ReadonlySet<string>; readonly leaving: ReadonlySet<string> };

function chooseAll(
  draft: Draft,
  services: ReadonlyMap<string, Service>,
  held: readonly VipPlan[],
): ReadonlyMap<string, Choice> {
  const pairs = held.flatMap((vip) => stayingHolders(vip).map(({ uid }) => ({ uid, vip })));
  const byService = [...grouped(pairs, ({ uid }) => uid)];
  const choices = byService.flatMap(([uid, rivals]) => {
    const service = services.get(uid);
    const vips = rivals.map(({ vip }) => vip);
    return service === undefined ? [] : [[uid, choose(draft, service, vips)] as const];
  });
  return new Map(choices);
}

/**
 * One address of each family. Of two, the one that the owner wants and its pool still has is the
 * Service's; the other one serves on until the first is published (A31, A48). Two that two leaders
 * gave at once end the same way.
 */
function choose(draft: Draft, service: Service, vips: readonly VipPlan[]): Choice {
  const targets = new Set<string>();
  const leaving = new Set<string>();
  const isPublished = ({ address }: VipPlan) => {
    const text = formatAddress(address);
    return service.ingress.some(({ ip }) => ip === text);
  };
  for (const family of familiesOf(service)) {
    const rivals = vips.filter((vip) => vip.address.family === family);
    const [target, ...others] =
      rivals.length < 2 ? rivals : rivals.toSorted(byWish(draft, service, isPublished));
    if (target === undefined) continue;
    targets.add(target.name);
    if (others.length === 0) continue;
    const last = isPublished(target) ? undefined : others.find(isPublished);
    if (last !== undefined) leaving.add(last.name);
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

/** Keeps the holders that may stay together, in a fixed order, and lets the others go. */
function keepVip(
  draft: Draft,
  vip: VipPlan,
  of: {
    readonly services: ReadonlyMap<string, Service>;
    readonly choices: ReadonlyMap<string, Choice>;
  },
): readonly Service[] {
  const wanting = stayingHolders(vip).flatMap((holder) => {
    const choice = of.choices.get(holder.uid);
    const service = of.services.get(holder.uid);
    const isWanted = choice?.targets.has(vip.name) || choice?.leaving.has(vip.name);
    return service !== undefined && isWanted ? [{ service, holder }] : [];
  });
  const staying = compatible(wanting);
  const uids = new Set(staying.map(({ service }) => service.uid));
  const leaving = vip.holders.filter(({ uid }) => !uids.has(uid)).map((h) => leave(draft, h));
  if (staying.length === 0) {
    release(draft, vip, leaving);
    return [];
  }
  keep(draft, vip, [...staying.map(({ claim }) => claim), ...leaving]);
  return staying.map(({ service }) => service);
}

type Wanting = { readonly service: Service; readonly holder: VipHolder };

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
  if (phase === vip.phase && isLocked && isSame(sorted, vip.holders)) {
    // The very same object tells that there is nothing to compare or to write.
    place(draft, vip);
    return;
  }
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
  return names.flatMap((name) => draft.vips.get(name) ?? []).filter(isHeld);
}
