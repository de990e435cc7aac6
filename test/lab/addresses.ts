/**
 * The lab's address plan. Every lab uses the same one: each lives in network namespaces of its own.
 *
 *     switch   10.99.0.0/24    fd00:10:99::/64
 *              control plane .1, nodes .11–.15, VIPs .100–.199, clients .201–.249
 *     pods     10.244.I.0/24   fd00:10:244:I::/64    of node I
 *     Services 10.96.0.0/16    fd00:10:96::/112
 */

/** Addresses of one machine on the switch. */
export type Machine = { readonly ipv4: string; readonly ipv6: string };

/** Five nodes: enough for VRRP's default `maxMembers`, and what two cores carry. */
export const nodesMax = 5;

/** Clients are numbered from 1. */
export const clientsMax = 49;

export const serviceRanges = '10.96.0.0/16,fd00:10:96::/112';
export const podRanges = '10.244.0.0/16,fd00:10:244::/48';
export const controlPlane: Machine = { ipv4: '10.99.0.1', ipv6: 'fd00:10:99::1' };
export const apiServerUrl = `https://${controlPlane.ipv4}:6443`;
export const apiClusterIp = '10.96.0.1';

/** Node 1 is n1, with 10.99.0.11 and fd00:10:99::11. */
export function nodeMachine(index: number): Machine {
  return { ipv4: `10.99.0.1${index}`, ipv6: `fd00:10:99::1${index}` };
}

/** Client 1 has 10.99.0.201 and fd00:10:99::201. */
export function clientMachine(index: number): Machine {
  return { ipv4: `10.99.0.${200 + index}`, ipv6: `fd00:10:99::${200 + index}` };
}

/** The pod ranges of one node, IPv4 and IPv6. */
export function podSubnets(index: number): Machine {
  return { ipv4: `10.244.${index}.0/24`, ipv6: `fd00:10:244:${index}::/64` };
}

/** n1 … n5. */
export function nodeName(index: number): string {
  return `n${index}`;
}

/** Every node's number; routes for all of them exist from the start. */
export const nodeIndexes: readonly number[] = Array.from({ length: nodesMax }, (_, at) => at + 1);
