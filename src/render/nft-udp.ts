// UDP on VIPs, by destination NAT (dataplane.md section 8).
//
//   to VIP:port ──▶ source ranges ──▶ guard ──▶ slot = hash of the client ──▶ endpoint of the slot
//                     dropped                       (as ct mark)
//
// A new flow is hashed to a slot, which every node fills alike: a flow goes on to its endpoint when
// the VIP moves. Later datagrams follow the conntrack entry. Replies have to come back here, so all
// but endpoints of this node are given this node's address as the source.

import type { DesiredPool, UdpFrontend } from '../desired/desired-node.ts';
import { byText } from '../lib/order.ts';
import type { Family } from '../net/address.ts';
import {
  baseChain,
  elements,
  type Hook,
  set,
  udpNumber,
  type Version,
  versions,
} from './nft-words.ts';
import { slotsOf } from './udp-slots.ts';
import type { LineWriter } from './writer.ts';

/** Of the ct mark, which belongs to the connection: its own bit, and below it the slot. */
const markBase = 0x40_0000;
const markMask = '0xfffff000';
/** The same on every node, or a client would change its endpoint with the node. */
const hashSeed = '0x5eed';

/** After the guard (-110), before kube-proxy (-100). */
const natPriority = ['-105'];
/** Before kube-proxy's own source NAT. */
const sourceNatPriority = ['95'];
/** Before the guard, which lets go on what stands. */
const rangesPriority = ['-111'];

/** Datagrams to it are passed on; else the guard answers that nobody is there (R70). */
export function isServed({ endpoints }: UdpFrontend): boolean {
  return endpoints.some(({ state }) => state === 'ready');
}

/** What serves UDP; nothing where there is none. */
export function udp(w: LineWriter, { udp: all }: DesiredPool): void {
  if (all.length === 0) return;
  const served = all.filter(isServed);
  for (const frontend of served) slots(w, frontend);
  for (const frontend of all) ranges(w, frontend);
  for (const version of versions) {
    const own = (list: readonly UdpFrontend[]) =>
      list.filter(({ family }) => family === version.family);
    verdicts(w, `udp${version.number}`, { version, list: own(served), chainOf: slotsName });
    const closed = own(all).filter(hasRanges);
    verdicts(w, `udp_ranges${version.number}`, { version, list: closed, chainOf: rangesName });
    direct(w, version, own(served));
  }
  for (const hook of ['prerouting', 'output']) {
    dispatch(w, 'udp_ranges', { type: 'filter', hook, priority: rangesPriority });
    dispatch(w, 'udp', { type: 'nat', hook, priority: natPriority });
  }
  postrouting(w);
}

// The name itself, which no two have: a digest is one that somebody could choose. It is well below
// the 255 characters that nft allows.
function slotsName({ name }: UdpFrontend): string {
  return `udp_${name}`;
}

function rangesName({ name }: UdpFrontend): string {
  return `ranges_${name}`;
}

function versionOf(wanted: Family): Version {
  return wanted === 'IPv4' ? versions[0] : versions[1];
}

// A map from a hash would be plainer, but nft 1.0 ends with SIGSEGV when it lists one.
function slots(w: LineWriter, frontend: UdpFrontend): void {
  const { header } = versionOf(frontend.family);
  const name = slotsName(frontend);
  const ready = frontend.endpoints.filter(({ state }) => state === 'ready');
  const all = slotsOf(ready.map(({ address, port }) => `${address} . ${port}`));
  w.comment(`${frontend.name}, port ${frontend.port}`);
  w.block(['map', name], () => {
    w.line('typeof', 'ct', 'mark', ':', header, 'daddr', '.', 'udp', 'dport');
    elements(
      w,
      all.map((endpoint, slot) => [markBase + slot, ':', ...endpoint.split(' ')]),
    );
  });
  const client = [header, 'saddr', ...(frontend.isSticky ? [] : ['.', 'udp', 'sport'])];
  w.block(['chain', name], () => {
    w.line(
      ...['meta', 'l4proto', udpNumber, 'ct', 'mark', 'set', 'jhash', ...client],
      ...['mod', all.length, 'seed', hashSeed, 'offset', markBase],
      ...['counter', 'dnat', header, 'to', 'ct', 'mark', 'map', `@${name}`],
    );
  });
}

function hasRanges({ sources, denied }: UdpFrontend): boolean {
  return sources !== undefined || denied !== undefined;
}

function ranges(w: LineWriter, frontend: UdpFrontend): void {
  const { sources, denied } = frontend;
  if (!hasRanges(frontend)) return;
  const { header } = versionOf(frontend.family);
  const name = rangesName(frontend);
  const not = `not_${name}`;
  if (sources !== undefined && sources.length > 0) networks(w, name, { header, list: sources });
  if (denied !== undefined) networks(w, not, { header, list: denied });
  w.block(['chain', name], () => {
    if (denied !== undefined) w.line(header, 'saddr', `@${not}`, 'counter', 'drop');
    if (sources?.length === 0) w.line('counter', 'drop');
    else if (sources !== undefined) w.line(header, 'saddr', '!=', `@${name}`, 'counter', 'drop');
  });
}

function networks(
  w: LineWriter,
  name: string,
  { header, list }: { readonly header: string; readonly list: readonly string[] },
): void {
  w.block(['set', name], () => {
    w.line('typeof', header, 'saddr');
    w.line('flags', 'interval');
    w.line('auto-merge');
    elements(
      w,
      list.map((network) => [network]),
    );
  });
}

function verdicts(
  w: LineWriter,
  name: string,
  of: {
    readonly version: Version;
    readonly list: readonly UdpFrontend[];
    readonly chainOf: (frontend: UdpFrontend) => string;
  },
): void {
  w.block(['map', name], () => {
    w.line('typeof', of.version.header, 'daddr', '.', 'udp', 'dport', ':', 'verdict');
    elements(
      w,
      of.list.map((frontend) => [
        ...[frontend.address, '.', frontend.port, ':', 'goto', of.chainOf(frontend)],
      ]),
    );
  });
}

/** Endpoints that are to see the client itself. */
function direct(w: LineWriter, { number, header }: Version, list: readonly UdpFrontend[]): void {
  const own = list
    .filter(({ isDirect }) => isDirect)
    .flatMap(({ endpoints }) => endpoints.filter(({ isLocal }) => isLocal));
  const addresses = [...new Set(own.map(({ address }) => address))].toSorted(byText);
  const all = addresses.map((address) => [address]);
  set(w, `udp_direct${number}`, { of: [header, 'daddr'], all });
}

function dispatch(w: LineWriter, name: string, called: Hook): void {
  const rules = (): void => {
    for (const { header, number } of versions) {
      w.line(header, 'daddr', '.', 'udp', 'dport', 'vmap', `@${name}${number}`);
    }
  };
  baseChain(w, `${name}_${called.hook}`, { ...called, rules });
}

function postrouting(w: LineWriter): void {
  const rules = (): void => {
    for (const { header, number } of versions) {
      w.line(
        ...['ct', 'mark', 'and', markMask, '==', `0x${markBase.toString(16)}`],
        ...[header, 'daddr', '!=', `@udp_direct${number}`, 'masquerade'],
      );
    }
  };
  const called = { type: 'nat', hook: 'postrouting', priority: sourceNatPriority } as const;
  baseChain(w, 'udp_postrouting', { ...called, rules });
}
