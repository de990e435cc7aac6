import { byEach, byNumber } from '../lib/order.ts';
import type { Address, Family } from '../net/address.ts';
import { vipName } from '../net/format-address.ts';
import { parseAddress } from '../net/parse-address.ts';
import { specialUse } from '../net/special.ts';
import type { Endpoint, EndpointSlice, ServicePort } from './objects.ts';
import { type Place, type Turn, turnsOf } from './topology.ts';

/** What to choose from: `slices` are all slices of one Service (R61), of any family. */
export type EndpointQuery = {
  readonly slices: readonly EndpointSlice[];
  readonly port: ServicePort;
  readonly family: Family;
  /** Whether the address is a VIP: HAProxy would dial itself (P11). */
  readonly isVip: (address: Address) => boolean;
  /** Near what its hints are to be read; undefined: they are not (R73). */
  readonly place?: Place | undefined;
};

/**
 * One server of a backend. `drain`: it terminates, keeps its connections and gets no new ones
 * (R69); `unready`: the same of one that may come back.
 */
export type SelectedEndpoint = {
  readonly address: Address;
  readonly port: number;
  readonly state: 'ready' | 'drain' | 'unready';
  /** The node it runs on; undefined where nobody said (R71). */
  readonly node: string | undefined;
  /** `Kept`: nothing is ready, so it serves till it ends, near or far (R67, R73). */
  readonly turn: Turn | 'Kept';
};

/** An endpoint that is never dialled, and why (P11). */
export type DroppedEndpoint = {
  readonly code: 'EndpointDropped';
  readonly slice: string;
  readonly address: string;
  readonly why: string;
};

export type SelectedEndpoints = {
  readonly endpoints: readonly SelectedEndpoint[];
  readonly notes: readonly DroppedEndpoint[];
};

/**
 * The servers of one service port and family: all slices joined, matched by port name and protocol,
 * the number from the slice (R61–R65), one per address and port however often it is listed (R63).
 * All ready ones; when none is, the serving and terminating ones (R67); other terminating ones
 * drain (R69). Those that are not ready are there as well: kube-proxy leaves their connections
 * alone. Sorted by address, then port.
 */
export function selectEndpoints(query: EndpointQuery): SelectedEndpoints {
  const notes: DroppedEndpoint[] = [];
  const merged = new Map<string, Candidate>();
  for (const slice of query.slices.filter(({ family }) => family === query.family)) {
    const addresses = usableAddresses(slice, query, notes);
    for (const port of portNumbers(slice, query.port)) merge(merged, addresses, port);
  }
  const candidates = [...merged.values()].toSorted(byAddressThenPort);
  return { endpoints: withState(candidates, query.place), notes };
}

type Located = { readonly address: Address; readonly endpoint: Endpoint };
type Candidate = {
  readonly address: Address;
  readonly port: number;
  readonly ready: boolean;
  readonly servingTerminating: boolean;
  readonly terminating: boolean;
  readonly node: string | undefined;
  readonly zones: readonly string[];
  readonly nodes: readonly string[];
};

function usableAddresses(
  slice: EndpointSlice,
  query: EndpointQuery,
  notes: DroppedEndpoint[],
): Located[] {
  return slice.endpoints.flatMap((endpoint) => {
    const parsed = parseAddress(endpoint.address);
    const why = parsed.ok ? whyNotDialled(parsed.value, query) : parsed.problem;
    if (parsed.ok && why === undefined) return [{ address: parsed.value, endpoint }];
    const { name } = slice;
    notes.push({ code: 'EndpointDropped', slice: name, address: endpoint.address, why: why ?? '' });
    return [];
  });
}

function whyNotDialled(address: Address, query: EndpointQuery): string | undefined {
  if (address.family !== query.family) return `is not an ${query.family} address`;
  const use = specialUse(address);
  if (use !== undefined) return `is a ${use} address`;
  return query.isVip(address) ? 'is a VIP' : undefined;
}

/** R65: a nil port was dropped by the parser; one slice may give one service port two numbers. */
function portNumbers(slice: EndpointSlice, wanted: ServicePort): number[] {
  return slice.ports
    .filter((port) => port.name === wanted.name && port.protocol === wanted.protocol)
    .map((port) => port.port);
}

/** R63: contradictory copies of one endpoint count as usable when any copy is. */
function merge(merged: Map<string, Candidate>, located: readonly Located[], port: number): void {
  for (const { address, endpoint } of located) {
    const key = `${vipName(address)}_${port}`;
    const before = merged.get(key);
    merged.set(key, {
      address,
      port,
      ready: endpoint.ready || before?.ready === true,
      servingTerminating:
        (endpoint.serving && endpoint.terminating) || before?.servingTerminating === true,
      terminating: endpoint.terminating || before?.terminating === true,
      node: endpoint.node ?? before?.node,
      zones: [...(before?.zones ?? []), ...(endpoint.zones ?? [])],
      nodes: [...(before?.nodes ?? []), ...(endpoint.nodes ?? [])],
    });
  }
}

/** R67: terminating endpoints get new connections only when nothing is ready. */
function withState(candidates: readonly Candidate[], place: Place | undefined): SelectedEndpoint[] {
  const ready = candidates.filter((candidate) => candidate.ready);
  const anyReady = ready.length > 0;
  const turns = turnsOf(ready, place);
  return candidates.map((candidate) => {
    const isUsed = anyReady ? candidate.ready : candidate.servingTerminating;
    const { address, port, node } = candidate;
    const unused = candidate.terminating ? ('drain' as const) : ('unready' as const);
    const state = isUsed ? ('ready' as const) : unused;
    return { address, port, node, state, turn: turns.get(candidate) ?? 'Kept' };
  });
}

const byAddressThenPort = byEach<Candidate>(
  (a, b) => (a.address.value < b.address.value ? -1 : Number(a.address.value > b.address.value)),
  byNumber((candidate) => candidate.port),
);
