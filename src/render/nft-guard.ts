import type { DesiredPool, Frontend } from '../desired/desired-node.ts';
import { byText } from '../lib/order.ts';
import type { Family } from '../net/address.ts';
import { isServed } from './nft-flows.ts';
import { testArrived, testLeaves, testRefused } from './nft-vip-test.ts';
import {
  baseChain,
  isLocal,
  portOf,
  protocolNumbers,
  set,
  standing,
  tcpNumber,
  versions,
} from './nft-words.ts';
import type { LineWriter } from './writer.ts';

const icmpNumbers = '1,58';

/**
 * A VIP answers on its Services' ports only (design.md section 2.13): what the node itself listens
 * on, and NodePorts, are refused there. Judged before any NAT, for packets that arrive and for
 * those of the node itself. ICMP is left alone, or nobody could ping a VIP, find its neighbour or
 * hear that a packet was too big; so are connections that stand already, among them answers to the
 * node that talks to its own VIP: those are let go first, as every packet of the node comes by.
 * What passes by here on its way to a VIP of another node is that node's to judge: it may serve a
 * port that this one has to leave out (R49).
 */
export function guard(w: LineWriter, desired: DesiredPool): void {
  for (const { family, number, header } of versions) {
    const called = [header, 'daddr'];
    set(w, `vips${number}`, { of: called, all: vipsOf(desired, family) });
    set(w, `open${number}`, { of: [...called, ...portOf], all: openOf(desired, family) });
  }
  w.block(['chain', 'guard'], () => {
    w.line('meta', 'l4proto', '{', icmpNumbers, '}', 'accept');
    for (const { number, header } of versions) {
      w.line(header, 'daddr', ...portOf, `@open${number}`, 'accept');
    }
    testRefused(w, desired);
    w.line('meta', 'l4proto', tcpNumber, 'counter', 'reject', 'with', 'tcp', 'reset');
    w.line('counter', 'reject');
  });
  for (const hook of ['prerouting', 'output']) {
    const rules = (): void => {
      if (desired.isPingDenied) pingDenied(w);
      w.line(...standing);
      if (hook === 'output') testLeaves(w);
      for (const { number, header } of versions) {
        w.line(header, 'daddr', `@vips${number}`, ...isLocal, 'jump', 'guard');
      }
    };
    baseChain(w, `guard_${hook}`, { type: 'filter', hook, priority: ['-110'], rules });
  }
  testArrived(w, desired);
}

/** Whoever was answered before is not answered any more either. */
function pingDenied(w: LineWriter): void {
  for (const { number, header } of versions) {
    const asked = [number === 4 ? 'icmp' : 'icmpv6', 'type', 'echo-request'];
    w.line(...asked, header, 'daddr', `@vips${number}`, 'counter', 'drop');
  }
}

function vipsOf({ keepalived }: DesiredPool, family: Family): string[][] {
  const vips = keepalived.instances.flatMap((instance) => instance.vips);
  const own = vips.filter((vip) => vip.family === family).map(({ address }) => address);
  return [...new Set(own)].toSorted(byText).map((address) => [address]);
}

function openOf({ haproxy, flows }: DesiredPool, family: Family): string[][] {
  const keyOf = (protocol: number) => (of: Pick<Frontend, 'address' | 'port'>) =>
    `${of.address} . ${protocol} . ${of.port}`;
  const keys = [
    ...haproxy.frontends.filter((each) => each.family === family).map(keyOf(tcpNumber)),
    ...flows
      .filter((each) => each.family === family && isServed(each))
      .map((each) => keyOf(protocolNumbers[each.protocol])(each)),
  ];
  return [...new Set(keys)].toSorted(byText).map((key) => key.split(' '));
}
