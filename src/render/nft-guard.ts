import type { DesiredPool } from '../desired/desired-node.ts';
import { byText } from '../lib/order.ts';
import type { Family } from '../net/address.ts';
import type { LineWriter } from './writer.ts';

/** The image has no /etc/protocols: nft knows numbers only. */
export const tcpNumber = 6;
const icmpNumbers = '1,58';

const families = [
  { family: 'IPv4', number: 4, header: 'ip' },
  { family: 'IPv6', number: 6, header: 'ip6' },
] as const;

/**
 * A VIP answers on its Services' ports only (design.md section 2.13): what the node itself listens
 * on, and NodePorts, are refused there. Judged before any NAT, for packets that arrive and for
 * those of the node itself. ICMP is left alone, or nobody could ping a VIP, find its neighbour or
 * hear that a packet was too big; so are connections that stand already, among them answers to the
 * node that talks to its own VIP.
 */
export function guard(w: LineWriter, desired: DesiredPool): void {
  for (const { family, number, header } of families) {
    const called = [header, 'daddr'];
    set(w, `vips${number}`, { of: called, elements: vipsOf(desired, family) });
    set(w, `open${number}`, { of: [...called, ...portOf], elements: openOf(desired, family) });
  }
  w.block(['chain', 'guard'], () => {
    w.line('ct', 'state', 'established,related', 'accept');
    w.line('meta', 'l4proto', '{', icmpNumbers, '}', 'accept');
    for (const { number, header } of families) {
      w.line(header, 'daddr', ...portOf, `@open${number}`, 'accept');
    }
    w.line('meta', 'l4proto', tcpNumber, 'counter', 'reject', 'with', 'tcp', 'reset');
    w.line('counter', 'reject');
  });
  for (const hook of ['prerouting', 'output']) {
    w.block(['chain', `guard_${hook}`], () => {
      w.line('type', 'filter', 'hook', hook, 'priority', '-110;', 'policy', 'accept;');
      for (const { number, header } of families) {
        w.line(header, 'daddr', `@vips${number}`, 'jump', 'guard');
      }
    });
  }
}

/** Protocol and port, as keys of a set and as what a packet has. */
const portOf = ['.', 'meta', 'l4proto', '.', 'th', 'dport'];

// `typeof`, not `type`: a set of a plain type that nft 1.1 wrote makes an nft 1.0 of the node end
// with SIGSEGV as it lists it, and kube-proxy's with it.
function set(
  w: LineWriter,
  name: string,
  { of, elements }: { readonly of: readonly string[]; readonly elements: readonly string[][] },
): void {
  w.block(['set', name], () => {
    w.line('typeof', ...of);
    if (elements.length === 0) return;
    const last = elements.length - 1;
    w.block(['elements', '='], () => {
      elements.forEach((words, index) => {
        w.line(...words, ...(index < last ? [','] : []));
      });
    });
  });
}

function vipsOf({ keepalived }: DesiredPool, family: Family): string[][] {
  const vips = keepalived.instances.flatMap((instance) => instance.vips);
  const own = vips.filter((vip) => vip.family === family).map(({ address }) => address);
  return [...new Set(own)].toSorted(byText).map((address) => [address]);
}

function openOf({ haproxy }: DesiredPool, family: Family): string[][] {
  const own = haproxy.frontends.filter((frontend) => frontend.family === family);
  const keys = own.map(({ address, port }) => `${address} . ${tcpNumber} . ${port}`);
  return [...new Set(keys)].toSorted(byText).map((key) => key.split(' '));
}
