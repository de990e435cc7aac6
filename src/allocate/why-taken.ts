import type { Service } from '../model/objects.ts';
import { formatTimestamp } from '../model/timestamp.ts';
import type { Address } from '../net/address.ts';
import { formatAddress, vipName } from '../net/format-address.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import { isReservedFor, reservationOf } from './choose-address.ts';
import { type Draft, isFree, isHeld, type VipPlan } from './draft.ts';
import type { PoolSpace } from './pool-space.ts';
import { addressesField } from './requests.ts';
import { retainedUntilMs } from './retention.ts';
import { claimOf, mayJoin, whyNotShared } from './sharing.ts';

/**
 * Why a Service may not have an address that somebody has, had, or was promised (A16, A32, A53,
 * A61, A64); `undefined` when it may.
 */
export function whyTaken(draft: Draft, address: Address, by: Service): Reason | undefined {
  const name = vipName(address);
  const vip = draft.vips.get(name);
  const promisedTo = draft.promised.get(name);
  if (vip === undefined || isFree(vip)) {
    if (promisedTo === undefined || promisedTo === by.uid) return undefined;
    return taken(address, by, 'promised to a Service that had it before');
  }
  const state = stateFor(draft, vip, by);
  return state === undefined ? undefined : taken(address, by, state);
}

/** Why a requested address is not for this Service though it is free (A60). */
export function whyReserved(space: PoolSpace, address: Address, by: Service): Reason | undefined {
  const reservation = reservationOf(space, address);
  if (reservation === undefined || isReservedFor(reservation, by)) return undefined;
  const { namespace, serviceName } = reservation;
  const isOwn = namespace === by.namespace && serviceName !== undefined;
  const others = isOwn ? `Service ${namespace}/${serviceName}` : 'others';
  const owner = namespace === undefined ? 'nobody' : others;
  return reason('AddressReserved', {
    address: formatAddress(address),
    pool: space.pool.name,
    owner,
    field: addressesField(by),
  });
}

function taken(address: Address, by: Service, state: string): Reason {
  const field = addressesField(by);
  return reason('AddressTaken', { address: formatAddress(address), state, field });
}

function stateFor(draft: Draft, vip: VipPlan, by: Service): string | undefined {
  if (isHeld(vip)) return heldState(vip, by);
  if (vip.phase === 'Releasing') return 'being withdrawn from the nodes';
  if (vip.phase === 'Retained') return retainedState(draft, vip, by);
  const nodes = vip.awaitedNodes.join(', ');
  return `quarantined: node ${nodes} has not confirmed that it no longer serves it`;
}

function heldState(vip: VipPlan, by: Service): string | undefined {
  const claim = claimOf(by);
  if (vip.phase === 'Held' && mayJoin(vip, claim)) return undefined;
  const [first] = vip.holders;
  const blocking = vip.holders.find((holder) => whyNotShared(holder, claim) !== undefined) ?? first;
  const why = blocking && claim.sharingKey !== undefined && whyNotShared(blocking, claim);
  return `held by ${nameFor(by, blocking)}${why ? `, ${why}` : ''}`;
}

/** A holder's name is told to its own namespace only (allocation.md section 10). */
function nameFor(reader: Service, holder: VipPlan['holders'][number] | undefined): string {
  if (holder?.namespace === reader.namespace) return `${holder.namespace}/${holder.name}`;
  return `a Service in namespace ${holder?.namespace ?? 'unknown'}`;
}

function retainedState(draft: Draft, vip: VipPlan, by: Service): string | undefined {
  const isFor = vip.holders.some(
    ({ namespace, name }) => namespace === by.namespace && name === by.name,
  );
  if (isFor) return undefined;
  const until = formatTimestamp(retainedUntilMs(draft, vip));
  return `kept until ${until} for ${nameFor(by, vip.holders[0])}, which was deleted`;
}
