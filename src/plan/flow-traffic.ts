import { by } from '../lib/order.ts';
import { type FlowCounterKind, flowCounterKinds } from '../render/flow-counters.ts';

/** What a counter of nftables has. */
export type Count = { readonly packets: number; readonly bytes: number };

/** Counters by their names. */
export type Counters = ReadonlyMap<string, Count>;

/**
 * Counters that never go back while their table is replaced, which begins them again: what they had
 * in all, and what the kernel had when it was read last.
 */
export type RunningCounts = { readonly total: Counters; readonly last: Counters };

export const noCounters: Counters = new Map();
export const noCounts: RunningCounts = { total: noCounters, last: noCounters };

/** Reads `nft -j list counters`; undefined when it is none of its answers. */
export function parseCounters(text: string): Counters | undefined {
  const all = listIn(text)?.flatMap(({ counter }) => (counter === undefined ? [] : [counter]));
  if (all === undefined) return undefined;
  return new Map(all.map(({ name, packets, bytes }) => [name, { packets, bytes }]));
}

type Listed = { readonly counter?: Count & { readonly name: string } };

function listIn(text: string): readonly Listed[] | undefined {
  try {
    const { nftables } = JSON.parse(text) as { nftables?: unknown };
    return Array.isArray(nftables) ? nftables : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Adds what came since the last look. One that the kernel has less of than before began again; one
 * that it does not have any more is forgotten.
 */
export function countOn({ total, last }: RunningCounts, now: Counters): RunningCounts {
  const sums = [...now].map(([name, count]) => {
    const isOn = count.packets >= (last.get(name)?.packets ?? 0);
    const past = (isOn && last.get(name)) || zero;
    const packets = count.packets - past.packets;
    const more = { packets, bytes: count.bytes - past.bytes };
    return [name, plus(total.get(name) ?? zero, more)] as const;
  });
  return { total: new Map(sums), last: now };
}

const zero: Count = { packets: 0, bytes: 0 };

function plus(one: Count, other: Count): Count {
  return { packets: one.packets + other.packets, bytes: one.bytes + other.bytes };
}

/** What a port of a Service had of UDP or SCTP on this node. */
export type FlowTraffic = {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  readonly protocol: string;
  /** By the kind of the counter. */
  readonly counts: Readonly<Record<FlowCounterKind, Count>>;
};

/** One row a port and protocol of a Service, its addresses together, in order of their names. */
export function flowTraffic(counters: Counters): FlowTraffic[] {
  const rows = new Map<string, FlowTraffic>();
  for (const [name, count] of counters) {
    const [kind = '', protocol = '', namespace = '', service = '', port = ''] = name.split('_');
    if (!isKind(kind)) continue;
    const of = { namespace, service, port, protocol: protocol.toUpperCase() };
    const key = Object.values(of).join(' ');
    const { counts } = rows.get(key) ?? { counts: { received: zero, denied: zero, flows: zero } };
    rows.set(key, { ...of, counts: { ...counts, [kind]: plus(counts[kind], count) } });
  }
  return [...rows].toSorted(by(([key]) => key)).map(([, row]) => row);
}

function isKind(text: string): text is FlowCounterKind {
  return flowCounterKinds.some((kind) => kind === text);
}
