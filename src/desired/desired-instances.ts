import { by } from '../lib/order.ts';
import type { Instance, Member, Vip } from '../model/objects.ts';
import { formatAddress } from '../net/format-address.ts';
import { firstPriority, priorityStep } from '../tables/limits.ts';
import type { DesiredInstance, DesiredVip } from './desired-node.ts';

/**
 * The instances this node's keepalived runs: those that name it as a Member. One that is Joining is
 * not started before the others list it, one that is Leaving is stopped (dataplane.md section 3,
 * newcomers).
 */
export function desiredInstances(
  node: string,
  instances: readonly Instance[],
  vipsOf: (instance: string) => readonly Vip[],
): DesiredInstance[] {
  return instances
    .flatMap((instance) => {
      const member = instance.members.find((m) => m.node === node && m.state === 'Member');
      return member === undefined ? [] : [oneInstance(instance, member, vipsOf(instance.name))];
    })
    .sort(by((instance) => instance.name));
}

function oneInstance(instance: Instance, member: Member, vips: readonly Vip[]): DesiredInstance {
  return {
    name: instance.name,
    generation: instance.generation,
    vrid: instance.vrid,
    interface: member.interface,
    priority: firstPriority - priorityStep * member.rank,
    advertIntervalMs: instance.advertIntervalMs,
    sourceAddress: member.address,
    peers: peersOf(instance, member),
    anchor: instance.anchor,
    vips: vips
      .filter(isServed)
      .map((vip) => desiredVip(vip, member.interface))
      .sort(by((vip) => vip.address)),
  };
}

/**
 * An address that clients may use: a released one is taken off the nodes before anybody else gets
 * it (A57).
 */
export function isServed(vip: Vip): boolean {
  return vip.phase === 'Held' || vip.phase === 'Stranded';
}

function peersOf(instance: Instance, member: Member): string[] {
  return instance.members
    .filter((peer) => peer.address !== member.address)
    .map((peer) => peer.address)
    .sort();
}

function desiredVip(vip: Vip, onInterface: string): DesiredVip {
  return {
    address: formatAddress(vip.address),
    family: vip.address.family,
    interface: onInterface,
  };
}
