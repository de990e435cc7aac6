import { waitsFor } from '../allocate/membership.ts';
import { type ClusterView, holdersOf, reportOf } from '../model/cluster-view.ts';
import type { Instance } from '../model/objects.ts';
import { joinBlockedAfterMs } from '../tables/limits.ts';
import { apiVersion } from '../tables/names.ts';
import { reason } from '../tables/reasons.ts';
import { conditionsOf, type Judgement, judge } from './conditions.ts';
import { holderOf, lastHolderOf } from './holders.ts';
import { type Part, samePart, silent, statusPart } from './status-part.ts';

/**
 * What a VrrpInstance's status should say: who holds it, whether two do, whether somebody cannot
 * join.
 */
export function instanceStatus(view: ClusterView, instance: Instance): Part {
  const judgements = [judgeHolder(view, instance), ...judgeJoins(view, instance)];
  const before = instance.conditions;
  const { generation } = instance;
  const conditions = conditionsOf(judgements, { before, nowMs: view.nowMs, generation });
  const members = instance.members.map(({ node, state }) =>
    state === 'Member' ? node : `${node} (${state})`,
  );
  const text = members.join(', ').slice(0, 4096);
  // An empty text is read back as none.
  const status = { holder: holderOf(view, instance), members: text || undefined };
  const old = { holder: instance.statusHolder, members: instance.statusMembers };
  if (samePart({ ...old, conditions: before }, { ...status, conditions })) return silent;
  const { name, uid, resourceVersion } = instance;
  const regarding = { apiVersion, kind: 'VrrpInstance', name, uid };
  return statusPart({ regarding, resourceVersion }, { ...status, conditions }, before);
}

function judgeHolder(view: ClusterView, instance: Instance): Judgement {
  const { name } = instance;
  const claims = holdersOf(view, name);
  const [first] = claims;
  if (first === undefined) {
    const last = lastHolderOf(instance);
    return judge('Held', 'False', reason('NoHolder', { instance: name, last }));
  }
  if (claims.length === 1) return judge('Held', 'True', reason('Held', { node: first }));
  const nodes = claims.join(' and ');
  if (!areAllAlive(view, instance, claims)) {
    return judge('Held', 'Unknown', reason('HolderChanging', { nodes, instance: name }));
  }
  const [unheard, deaf] = byRank(instance, claims);
  const data = { nodes, instance: name, deaf: deaf ?? '', unheard: unheard ?? '' };
  return judge('Held', 'False', reason('TwoHolders', data));
}

/**
 * A node that died holding the instance says so for ever, and again when it comes back, until its
 * agent runs. Two holders are real when each has answered the dispute: read it, and still holds.
 */
function areAllAlive(
  view: ClusterView,
  { name, conditions }: Instance,
  claims: readonly string[],
): boolean {
  const held = conditions.find(({ type }) => type === 'Held');
  if (held?.reason === 'TwoHolders') return true;
  if (held?.status !== 'Unknown') return false;
  return claims.every(
    (node) => reportOf(view, name, node)?.disputeSeen === held.lastTransitionTime,
  );
}

/** The better rank sends; the weaker one holds as well because it does not hear it. */
function byRank({ members }: Instance, claims: readonly string[]): readonly string[] {
  const rankOf = (node: string) => members.find((member) => member.node === node)?.rank ?? 255;
  return claims.toSorted((a, b) => rankOf(a) - rankOf(b));
}

function judgeJoins(view: ClusterView, instance: Instance): Judgement[] {
  const late = instance.members.filter(
    ({ state, sinceMs }) => state === 'Joining' && sinceMs + joinBlockedAfterMs <= view.nowMs,
  );
  return late
    .map((joining) => ({ joining, waiting: waitsFor(view, instance, joining) }))
    .filter(({ waiting }) => waiting.length > 0)
    .slice(0, 1)
    .map(({ joining, waiting }) => {
      const data = { joining: joining.node, generation: joining.sinceGeneration };
      const why = reason('JoinBlocked', { ...data, waiting: waiting.join(', ') });
      return judge('JoinBlocked', 'True', why);
    });
}
