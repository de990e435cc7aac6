import { isHeld } from '../allocate/draft.ts';
import { Remembered } from '../lib/remembered.ts';
import type { Condition, Vip } from '../model/objects.ts';
import { holderNames } from '../model/vip-holders.ts';
import { formatAddress } from '../net/format-address.ts';
import { apiVersion } from '../tables/names.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import { conditionsOf, type Judgement, judge } from './conditions.ts';
import { type EventValue, transitions } from './events.ts';
import { lastHolderOf } from './holders.ts';
import type { InstanceState } from './instance-states.ts';
import { isQuiet, type Part, samePart, silent } from './status-part.ts';

/** Where a Vip's status comes from. */
export type VipSources = {
  readonly nowMs: number;
  /** By the instance's name. */
  readonly states: ReadonlyMap<string, InstanceState>;
};

/**
 * What a Vip's status should say: whose it is, the node that answers on it, whether it does, and
 * whether it stays although somebody deleted it. Events are for its Services: nobody reads a Vip's.
 */
export function vipStatus({ nowMs, states }: VipSources, vip: Vip): Part {
  const state = isHeld(vip) ? states.get(vip.instance) : undefined;
  return quiet.of(vip, [state], () => statusOf(vip, state, nowMs));
}

/** Of most Vips nothing is to be written, and will not be before their instance changes. */
const quiet = new Remembered<Vip, Part>(isQuiet);

function statusOf(vip: Vip, state: InstanceState | undefined, nowMs: number): Part {
  const node = state?.holder;
  const services = holderNames(vip).slice(0, servicesTextMax) || undefined;
  const { generation, conditions: before } = vip;
  const judgements = [
    ...(state === undefined ? [] : [judgement(vip, state)]),
    ...judgeDeletion(vip),
  ];
  const conditions = conditionsOf(judgements, { before, nowMs, generation });
  const old = { node: vip.statusNode, services: vip.statusServices, conditions: before };
  if (samePart(old, { node, services, conditions })) return silent;
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

function judgement(vip: Vip, state: InstanceState): Judgement {
  const why = whyNotProgrammed(vip, state);
  if (why !== undefined) return judge('Programmed', 'False', why);
  const data = { addresses: formatAddress(vip.address), nodes: state.holder ?? '' };
  return judge('Programmed', 'True', reason('Programmed', data));
}

/**
 * Once it answers, a neighbour's change on the same instance does not make it look as if it did not
 * (R17).
 */
function whyNotProgrammed(
  vip: Vip,
  { instance, holder, isProgrammed }: InstanceState,
): Reason | undefined {
  if (holder === undefined) {
    return reason('NoHolder', { instance: instance.name, last: lastHolderOf(instance) });
  }
  const wasProgrammed = vip.conditions.some(
    ({ type, status }) => type === 'Programmed' && status === 'True',
  );
  if (wasProgrammed || isProgrammed) return undefined;
  return reason('NotProgrammed', { address: formatAddress(vip.address) });
}
