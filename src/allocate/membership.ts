import { byNumber } from '../lib/order.ts';
import { type ClusterView, reportOf } from '../model/cluster-view.ts';
import type { Instance, Member, Pool } from '../model/objects.ts';
import { membersPerInstanceMax, ranksPerInstance } from '../tables/limits.ts';
import type { Place } from './placement.ts';

/**
 * Who is to run an instance (dataplane.md section 3, peers). A node that starts before the others
 * list it splits the brain, and one that is dropped from the lists while it still runs does the
 * same. So:
 *
 *     (new node) → Joining ──others confirm──▶ Member
 *     Member ──not eligible, another one runs──▶ Leaving ──its agent stopped it──▶ (gone)
 *
 * Recorded members stay through reboots, lost Leases and silent agents: only what a node positively
 * says, or its Node object being gone, takes it out.
 */
export type Membership = {
  readonly instance: Instance;
  readonly pool: Pool;
  /** Where nodes can carry the instance: places of the pool on its segment. */
  readonly places: readonly Place[];
  /** Nodes that may not carry the pool at all (R77, R79, nodeSelector). */
  readonly excluded: ReadonlySet<string>;
  readonly view: ClusterView;
};

/** The members as they should be now; the same list when nothing is to change. */
export function nextMembers(membership: Membership): readonly Member[] {
  const { instance } = membership;
  const stayed = instance.members
    .filter((member) => !isGone(membership, member))
    .map((member) => settleIn(membership, member));
  return join(membership, leave(membership, stayed));
}

function isGone({ view, instance }: Membership, member: Member): boolean {
  if (!view.nodes.has(member.node)) return true;
  if (member.state !== 'Leaving') return false;
  if (!view.fresh.has(member.node)) return true;
  if (!view.reports.has(member.node)) return false;
  const report = reportOf(view, instance.name, member.node);
  // A report of an older generation may stem from before the agent saw that it has to leave.
  return report === undefined || (report.generation >= member.sinceGeneration && !report.held);
}

/** A Joining member starts when the others list it; one whose interface was renamed follows. */
function settleIn(membership: Membership, member: Member): Member {
  const place = placeOf(membership, member);
  const here = place === undefined ? member : { ...member, interface: place.interface };
  const isAwaited = waitsFor(membership.view, membership.instance, member).length > 0;
  if (member.state !== 'Joining' || isAwaited) return here;
  return changed(membership, here, 'Member');
}

/** The live members that have not confirmed the list with this newcomer on it; sorted. */
export function waitsFor(
  view: ClusterView,
  instance: Instance,
  joining: Member,
): readonly string[] {
  return instance.members
    .filter(
      ({ node, state }) => node !== joining.node && state !== 'Joining' && view.fresh.has(node),
    )
    .filter((member) => {
      const report = reportOf(view, instance.name, member.node);
      if (report === undefined) return member.state === 'Member';
      return report.generation < joining.sinceGeneration;
    })
    .map(({ node }) => node)
    .sort();
}

/**
 * The member's place, while it still has the recorded address: another address is a leave and a
 * join.
 */
function placeOf(membership: Membership, member: Member): Place | undefined {
  return membership.places.find(
    (place) => place.node === member.node && hasAddress(place, member.address),
  );
}

function hasAddress(place: Place, address: string): boolean {
  return place.address === address || place.addresses.includes(address);
}

function leave(membership: Membership, members: readonly Member[]): readonly Member[] {
  const { places, excluded, view } = membership;
  const unfit = members.filter(
    (member) => member.state !== 'Leaving' && isUnfit(membership, member),
  );
  const heirs = members.filter(
    (m) => m.state === 'Member' && !unfit.includes(m) && view.fresh.has(m.node),
  );
  const newcomers = places.some((place) => !unfit.some((member) => member.node === place.node));
  // While somebody can still take over, the last runner waits for it.
  if (heirs.length === 0 && newcomers) return members;
  // Where a pool moves to, its pods may have yet to start; where an address has changed, the member
  // itself comes back with the new one, and must not wait for others.
  const isReplaced = heirs.length === 0 || heirs.some((heir) => runs(membership, heir));
  // Nor for one that is as unwell as those whom it would wait for: what ails them may ail all.
  const isAwaiting = (m: Member) => !isReplaced && excluded.has(m.node) && isReady(membership, m);
  const isLeaving = (m: Member) => unfit.includes(m) && !isAwaiting(m);
  return members.map((m) => (isLeaving(m) ? changed(membership, m, 'Leaving') : m));
}

/** Its agent says that it could take the instance over this moment. */
function runs(membership: Membership, member: Member): boolean {
  const report = reportOf(membership.view, membership.instance.name, member.node);
  const isListed = report !== undefined && report.generation >= member.sinceGeneration;
  return isListed && isReady(membership, member);
}

function isReady({ view, instance }: Membership, { node }: Member): boolean {
  const pools = view.reports.get(node)?.pools ?? [];
  return pools.some(({ name, ready }) => name === instance.pool && ready);
}

/** Silence is no reason: an agent that restarts reports no interface for a moment. */
function isUnfit(membership: Membership, member: Member): boolean {
  const interfaces = membership.view.reports.get(member.node)?.interfaces ?? [];
  if (placeOf(membership, member) !== undefined) return false;
  const isExcluded = membership.excluded.has(member.node);
  return isExcluded || interfaces.length > 0;
}

function join(membership: Membership, members: readonly Member[]): readonly Member[] {
  const { pool, places } = membership;
  const known = new Set(members.map((member) => member.node));
  // One that only waits to be replaced keeps nobody out, or a full pool could never move.
  const staying = members.filter((m) => m.state !== 'Leaving' && !isUnfit(membership, m)).length;
  const wanted = Math.min(pool.vrrp.maxMembers, membersPerInstanceMax) - staying;
  const room = Math.min(wanted, ranksPerInstance - members.length);
  const joined = [...members];
  for (const place of places.filter(({ node }) => !known.has(node)).slice(0, Math.max(room, 0))) {
    joined.push(newcomer(membership, place, joined));
  }
  return joined.toSorted(byRank);
}

const byRank = byNumber<Member>((member) => member.rank);

function newcomer(membership: Membership, place: Place, members: readonly Member[]): Member {
  const ranks = new Set(members.map((member) => member.rank));
  const free = [...ranks, -1].map((rank) => rank + 1).filter((rank) => !ranks.has(rank));
  const { node, address } = place;
  const member = { node, address, interface: place.interface, rank: Math.min(...free) };
  return changed(
    membership,
    { ...member, state: 'Joining', sinceGeneration: 0, sinceMs: 0 },
    'Joining',
  );
}

/** The state counts from the generation that this change makes. */
function changed(membership: Membership, member: Member, state: Member['state']): Member {
  const sinceGeneration = membership.instance.generation + 1;
  return { ...member, state, sinceGeneration, sinceMs: membership.view.nowMs };
}
