// UDP and SCTP on VIPs, by destination NAT (dataplane.md section 8).
//
//   to VIP:port ──▶ source ranges ──▶ guard ──▶ slot = hash of the client ──▶ endpoint of the slot
//                     dropped                       (as ct mark)
//      counted:   denied │ received    denied        flows
//
// A new flow is hashed to a slot, which every node fills alike: a flow goes on to its endpoint when
// the VIP moves. Later packets follow the conntrack entry. Replies have to come back here, so all
// but endpoints of this node are given this node's address as the source.
//
// Whoever is on a node that does not hold the VIP is served by that node's own rules: its slots are
// the same, and the holder would take the client for the node it comes through (source ranges).
// What such a node has no endpoint for goes on to the holder.

import type { DesiredPool, FlowFrontend } from '../desired/desired-node.ts';
import { byText } from '../lib/order.ts';
import type { Family } from '../net/address.ts';
import { type FlowCounterKind, flowCounter, flowCounterKinds } from './flow-counters.ts';
import { slotsOf } from './flow-slots.ts';
import {
  baseChain,
  elements,
  type Hook,
  isLocal,
  portOf,
  protocolNumbers,
  set,
  tcpNumber,
  type Version,
  versions,
} from './nft-words.ts';
import type { LineWriter } from './writer.ts';

/** Of the ct mark, which belongs to the connection: its own bit, and below it the slot. */
const markBase = 0x40_0000;
const markMask = '0xfffff000';
/** As conntrack(8) is asked for all that has it. */
export const flowMark = `0x${markBase.toString(16)}/${markMask}`;
/** The same on every node, or a client would change its endpoint with the node. */
const hashSeed = '0x5eed';

/** After the guard (-110), before kube-proxy (-100). */
const natPriority = ['-105'];
/** Before kube-proxy's own source NAT. */
const sourceNatPriority = ['95'];
/** Before the guard, which lets go on what stands. */
const rangesPriority = ['-111'];

/** Packets to it are passed on; else the guard answers that nobody is there (R70). */
export function isServed({ endpoints }: FlowFrontend): boolean {
  return endpoints.some(({ state }) => state === 'ready');
}

/** What serves UDP and SCTP; nothing where there is none. */
export function flows(w: LineWriter, { flows: all }: DesiredPool): void {
  if (all.length === 0) return;
  const served = all.filter(isServed);
  for (const frontend of all) counters(w, frontend);
  for (const frontend of served) slots(w, frontend);
  for (const frontend of all) arrivals(w, frontend);
  for (const version of versions) {
    const own = (list: readonly FlowFrontend[]) =>
      list.filter(({ family }) => family === version.family);
    verdicts(w, `flows${version.number}`, { version, list: own(served), chainOf: slotsName });
    verdicts(w, `flow_ranges${version.number}`, { version, list: own(all), chainOf: rangesName });
    sourceSets(w, version, own(served));
  }
  for (const hook of ['prerouting', 'output']) {
    dispatch(w, 'flow_ranges', { type: 'filter', hook, priority: rangesPriority });
    dispatch(w, 'flows', { type: 'nat', hook, priority: natPriority });
  }
  postrouting(w);
}

// The name itself, which no two have: a digest is one that somebody could choose. It is well below
// the 255 characters that nft allows.
function slotsName({ protocol, name }: FlowFrontend): string {
  return `${protocol.toLowerCase()}_${name}`;
}

function rangesName(frontend: FlowFrontend): string {
  return `ranges_${slotsName(frontend)}`;
}

/** What passes the rules that name it is counted; `list counters` has it by its name. */
function counters(w: LineWriter, frontend: FlowFrontend): void {
  for (const kind of flowCounterKinds) {
    w.block(['counter', flowCounter(kind, frontend)], () => undefined);
  }
}

function counted(kind: FlowCounterKind, frontend: FlowFrontend): string[] {
  return ['counter', 'name', flowCounter(kind, frontend)];
}

function versionOf(wanted: Family): Version {
  return wanted === 'IPv4' ? versions[0] : versions[1];
}

// A map from a hash would be plainer, but nft 1.0 ends with SIGSEGV when it lists one.
function slots(w: LineWriter, frontend: FlowFrontend): void {
  const { header } = versionOf(frontend.family);
  const name = slotsName(frontend);
  const ready = frontend.endpoints.filter(({ state }) => state === 'ready');
  const all = slotsOf(ready.map(({ address, port }) => `${address} . ${port}`));
  w.comment(`${frontend.name}, port ${frontend.port}/${frontend.protocol}`);
  w.block(['map', name], () => {
    w.line('typeof', 'ct', 'mark', ':', header, 'daddr', '.', 'th', 'dport');
    elements(
      w,
      all.map((endpoint, slot) => [markBase + slot, ':', ...endpoint.split(' ')]),
    );
  });
  const client = [header, 'saddr', ...(frontend.isSticky ? [] : ['.', 'th', 'sport'])];
  w.block(['chain', name], () => {
    w.line(
      ...['meta', 'l4proto', protocolNumbers[frontend.protocol]],
      ...['ct', 'mark', 'set', 'jhash', ...client],
      ...['mod', all.length, 'seed', hashSeed, 'offset', markBase],
      ...counted('flows', frontend),
      ...['dnat', header, 'to', 'ct', 'mark', 'map', `@${name}`],
    );
  });
}

// Everything that clients send to the port comes by here, before anybody else judges it.
function arrivals(w: LineWriter, frontend: FlowFrontend): void {
  const { sources, denied } = frontend;
  const { header } = versionOf(frontend.family);
  const name = rangesName(frontend);
  const not = `not_${name}`;
  if (sources !== undefined && sources.length > 0) networks(w, name, { header, list: sources });
  if (denied !== undefined) networks(w, not, { header, list: denied });
  const dropped = [...counted('denied', frontend), 'drop'];
  w.block(['chain', name], () => {
    if (denied !== undefined) w.line(header, 'saddr', `@${not}`, ...dropped);
    if (sources?.length === 0) w.line(...dropped);
    else if (sources !== undefined) w.line(header, 'saddr', '!=', `@${name}`, ...dropped);
    if (sources?.length !== 0) letIn(w, frontend);
  });
}

// Of a port that nobody serves the guard lets go on what stands and refuses the rest.
function letIn(w: LineWriter, frontend: FlowFrontend): void {
  const received = counted('received', frontend);
  if (isServed(frontend)) {
    w.line(...received);
    return;
  }
  w.line('ct', 'state', 'established,related', ...received, 'accept');
  w.line(...isLocal, ...counted('denied', frontend));
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
    readonly list: readonly FlowFrontend[];
    readonly chainOf: (frontend: FlowFrontend) => string;
  },
): void {
  w.block(['map', name], () => {
    w.line('typeof', of.version.header, 'daddr', ...portOf, ':', 'verdict');
    elements(
      w,
      of.list.map((frontend) => [
        ...[frontend.address, '.', protocolNumbers[frontend.protocol], '.', frontend.port],
        ...[':', 'goto', of.chainOf(frontend)],
      ]),
    );
  });
}

/**
 * What the source NAT asks: which VIPs are the pool's, whether an endpoint is to see the client
 * itself, and whether it is that client, because nobody takes what comes from his own address.
 */
function sourceSets(
  w: LineWriter,
  { number, header }: Version,
  list: readonly FlowFrontend[],
): void {
  const own = list
    .filter(({ isDirect }) => isDirect)
    .flatMap(({ endpoints }) => endpoints.filter(({ isLocal }) => isLocal));
  const addresses = [...new Set(own.map(({ address }) => address))].toSorted(byText);
  const all = addresses.map((address) => [address]);
  set(w, `flows_direct${number}`, { of: [header, 'daddr'], all });
  const vips = [...new Set(list.map(({ address }) => address))].toSorted(byText);
  set(w, `flow_vips${number}`, { of: [header, 'daddr'], all: vips.map((vip) => [vip]) });
  const pairs = addresses.map((address) => [address, '.', address]);
  set(w, `flows_to_self${number}`, { of: ends(header), all: pairs });
}

function ends(header: string): string[] {
  return [header, 'saddr', '.', header, 'daddr'];
}

function dispatch(w: LineWriter, name: string, called: Hook): void {
  const rules = (): void => {
    // Every packet of the node comes by, and most are of TCP.
    w.line('meta', 'l4proto', tcpNumber, 'accept');
    for (const { header, number } of versions) {
      w.line(header, 'daddr', ...portOf, 'vmap', `@${name}${number}`);
    }
  };
  baseChain(w, `${name}_${called.hook}`, { ...called, rules });
}

function postrouting(w: LineWriter): void {
  const rules = (): void => {
    for (const { header, number } of versions) {
      // The marks of another pool are the same, and its VIPs are others.
      const own = [
        ...['ct', 'mark', 'and', markMask, '==', `0x${markBase.toString(16)}`],
        ...['ct', 'original', header, 'daddr', `@flow_vips${number}`],
      ];
      w.line(...own, header, 'daddr', '!=', `@flows_direct${number}`, 'masquerade');
      w.line(...own, ...ends(header), `@flows_to_self${number}`, 'masquerade');
    }
  };
  const called = { type: 'nat', hook: 'postrouting', priority: sourceNatPriority } as const;
  baseChain(w, 'flows_postrouting', { ...called, rules });
}
