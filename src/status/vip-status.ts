import { isHeld } from '../allocate/draft.ts';
import type { ClusterView } from '../model/cluster-view.ts';
import type { Condition, Instance, Vip } from '../model/objects.ts';
import { holderNames } from '../model/vip-holders.ts';
import { formatAddress } from '../net/format-address.ts';
import { apiVersion } from '../tables/names.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import { conditionsOf, type Judgement, judge } from './conditions.ts';
import { type EventValue, transitions } from './events.ts';
import { holderOf, isProgrammed, lastHolderOf } from './holders.ts';
import { type Part, samePart } from './status-part.ts';

/** Where a Vip's status comes from. */
export type VipSources = {
  readonly view: ClusterView;
  readonly instances: ReadonlyMap<string, Instance>;
  readonly digests: ReadonlyMap<string, string>;
};

/**
 * What a Vip's status should say: whose it is, the node that answers on it, whether it does, and
 * whether it stays although somebody deleted it. Events are for its Services: nobody reads a Vip's.
 */
export function vipStatus(sources: VipSources, vip: Vip): Part {
  const { view, instances } = sources;
  const instance = isHeld(vip) ? instances.get(vip.instance) : undefined;
  const node = instance === undefined ? undefined : holderOf(view, instance);
  const services = holderNames(vip).slice(0, servicesTextMax) || undefined;
  const { generation, conditions: before } = vip;
  const judgements = [
    ...(instance === undefined ? [] : [judgement(sources, vip, { instance, node: node ?? '' })]),
    ...judgeDeletion(vip),
  ];
  const conditions = conditionsOf(judgements, { before, nowMs: view.nowMs, generation });
  const old = { node: vip.statusNode, services: vip.statusServices, conditions: before };
  if (samePart(old, { node, services, conditions })) return { events: [] };
  const { name, uid, resourceVersion } = vip;
  const regarding = { apiVersion, kind: 'Vip', name, uid };
  const texts = {
    ...(node !== undefined && { node }),
    ...(services !== undefined && { services }),
  };
  return {
    write: { regarding, resourceVersion, status: { ...texts, conditions } },
    events: eventsOf(vip, conditions),
  };
}

/** A65: what somebody deletes by hand stays while it is held. */
function judgeDeletion(vip: Vip): Judgement[] {
  if (!vip.deleting || !isHeld(vip)) return [];
  const why = reason('VipInUse', { vip: vip.name, services: holderNames(vip) });
  return [judge('DeletionWaits', 'True', why)];
}

function eventsOf(vip: Vip, after: readonly Condition[]): readonly EventValue[] {
  const deletion = after.filter(({ type }) => type === 'DeletionWaits');
  return vip.holders.flatMap(({ namespace, name, uid }) => {
    const service = { apiVersion: 'v1', kind: 'Service', namespace, name, uid };
    return transitions(service, vip.conditions, deletion);
  });
}

/** The schema's own bound. */
const servicesTextMax = 4096;

function judgement(
  sources: VipSources,
  vip: Vip,
  of: { readonly instance: Instance; readonly node: string },
) {
  const why = whyNotProgrammed(sources, vip, of);
  if (why !== undefined) return judge('Programmed', 'False', why);
  const data = { addresses: formatAddress(vip.address), nodes: of.node };
  return judge('Programmed', 'True', reason('Programmed', data));
}

/**
 * Once it answers, a neighbour's change on the same instance does not make it look as if it did not
 * (R17).
 */
function whyNotProgrammed(
  sources: VipSources,
  vip: Vip,
  { instance, node }: { readonly instance: Instance; readonly node: string },
): Reason | undefined {
  const { name } = instance;
  if (node === '') return reason('NoHolder', { instance: name, last: lastHolderOf(instance) });
  const wasProgrammed = vip.conditions.some(
    ({ type, status }) => type === 'Programmed' && status === 'True',
  );
  const isDone = isProgrammed(sources.view, name, sources.digests.get(name) ?? '');
  if (wasProgrammed || isDone) return undefined;
  return reason('NotProgrammed', { address: formatAddress(vip.address) });
}
