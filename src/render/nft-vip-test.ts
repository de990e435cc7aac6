import type { DesiredPool } from '../desired/desired-node.ts';
import { byText } from '../lib/order.ts';
import { testPorts } from '../tables/limits.ts';
import { baseChain, portOf, standing, tcpNumber, versions } from './nft-words.ts';
import type { LineWriter } from './writer.ts';

// How it is known that packets to a VIP come to HAProxy, without troubling HAProxy: agents try to
// connect from ports that nobody else uses, and the filter of the node that holds the VIP answers
// in words of its own.
//
//   agent ──▶ (eBPF of the CNI?) ──▶ guard ──▶ NAT (kube-proxy?) ──▶ end of input ──▶ HAProxy
//                                      │                                │
//                     port is closed: "no route"      open: "no such protocol", or "prohibited"
//
// Whatever else answers is not us: what took the packet before one of the two took it from HAProxy
// or from the guard as well. Nothing reaches HAProxy or a pod, so no log, figure or limit of a
// tenant sees it.

const fromTestPort = [
  ...['meta', 'l4proto', tcpNumber],
  ...['th', 'sport', `${testPorts.first}-${testPorts.last}`],
];

/** Tries leave the node they come from: it is the holder's guard that is to answer. */
export function testLeaves(w: LineWriter): void {
  w.line(...fromTestPort, 'accept');
}

/** The guard's answer to a try of a port that is closed. */
export function testRefused(w: LineWriter, desired: DesiredPool): void {
  for (const source of sourcesOf(desired)) {
    w.line(...source, ...fromTestPort, 'reject', 'with', 'icmpx', 'no-route');
  }
}

/** After every NAT and filter: the answer to a try of a port that is open. */
export function testArrived(w: LineWriter, desired: DesiredPool): void {
  const rules = (): void => {
    w.line(...standing);
    for (const { number, header } of versions) {
      const open = [header, 'daddr', ...portOf, `@open${number}`];
      const answer = number === 4 ? ['icmp', 'prot-unreachable'] : ['icmpv6', 'admin-prohibited'];
      const own = sourcesOf(desired).filter(([word]) => word === 'iifname' || word === header);
      for (const source of own) {
        w.line(...fromTestPort, ...source, ...open, 'reject', 'with', ...answer);
      }
    }
  };
  baseChain(w, 'arrived', { type: 'filter', hook: 'input', priority: ['150'], rules });
}

/** The node itself, and the other members of the pool. */
function sourcesOf({ keepalived }: DesiredPool): string[][] {
  const all = keepalived.instances.flatMap(({ peers }) => peers);
  const members = [...new Set(all)].toSorted(byText);
  const remote = versions.flatMap(({ family, header }) => {
    const own = members.filter((address) => address.includes(':') === (family === 'IPv6'));
    return own.length === 0 ? [] : [[header, 'saddr', '{', own.join(','), '}']];
  });
  return keepalived.instances.length === 0 ? [] : [['iifname', 'lo'], ...remote];
}
