import { desiredFrontends } from '../desired/desired-frontends.ts';
import { isServed } from '../desired/desired-instances.ts';
import type { Frontend, UdpFrontend } from '../desired/desired-node.ts';
import { by } from '../lib/order.ts';
import type { EndpointSlice, Pool, Service, Vip } from '../model/objects.ts';

/** One VIP and port of a Service, and the servers behind it, as on its node. */
export type FrontendRow = {
  /** Of TCP HAProxy's own name of frontend and backend: `show stat` lists it. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  /** What HAProxy reads: `HTTP`, or bytes, which is null. */
  readonly mode: 'HTTP' | null;
  /** Secrets with which TLS is ended here, the first for everybody else; null: it is not. */
  readonly tls: readonly string[] | null;
  /** Networks whose clients may connect; empty: nobody; null: everybody. */
  readonly sources: readonly string[] | null;
  /** Seconds after its last connection for which a client keeps its server; null: it does not. */
  readonly affinitySeconds: number | null;
  /** All servers are tried when none of them is well; else nobody is served then. */
  readonly failsOpen: boolean;
  /** The node that answers now; the other members listen as well. */
  readonly node: string | null;
  readonly servers: readonly {
    readonly address: string;
    readonly port: number;
    readonly state: 'ready' | 'drain';
  }[];
};

/** The frontends of a Service, and the endpoints that are never dialled. */
export type Frontends = {
  readonly frontends: readonly FrontendRow[];
  readonly dropped: readonly {
    readonly address: string;
    readonly slice: string;
    readonly why: string;
  }[];
};

/** What the nodes make of a Service's Vips and EndpointSlices: the agent's own derivation. */
export function frontendsOf(
  service: Service,
  of: {
    readonly vips: readonly Vip[];
    readonly slices: readonly EndpointSlice[];
    /** What they set for their Services. */
    readonly pools: readonly Pool[];
    /** Names of all Vips of the cluster. */
    readonly vipNames: ReadonlySet<string>;
  },
): Frontends {
  const key = `${service.namespace}/${service.name}`;
  const own = of.vips.filter(isServed);
  const sources = {
    services: new Map([[key, service]]),
    slicesOf: new Map([[key, of.slices]]),
    node: undefined,
    pools: new Map(of.pools.map((pool) => [pool.name, pool])),
    vipNames: of.vipNames,
  };
  const parts = own.map((vip) => ({
    node: vip.statusNode ?? null,
    ...desiredFrontends([onlyFor(vip, service)], sources),
  }));
  const frontends = parts.flatMap(({ node, frontends: tcp, udp }) => [
    ...tcp.map((frontend) => tcpRow(node, frontend)),
    ...udp.map((frontend) => udpRow(node, frontend, service)),
  ]);
  const notes = parts.flatMap((part) => part.notes);
  const dropped = notes.map(({ address, slice, why }) => ({ address, slice, why }));
  return {
    frontends: frontends.toSorted(by(({ name, protocol }) => `${name} ${protocol}`)),
    dropped: unique(dropped),
  };
}

function tcpRow(node: string | null, frontend: Frontend): FrontendRow {
  const { name, address, port, servers, sources = null, affinitySeconds = null } = frontend;
  const mode = frontend.http === undefined ? null : 'HTTP';
  const tls = frontend.tls?.certificates.map(({ secret }) => secret) ?? null;
  return {
    ...{ name, address, port, protocol: 'TCP', mode, tls, node, sources, affinitySeconds },
    failsOpen: frontend.settings?.['when-all-fail'] === 'FailOpen',
    servers: servers.map((server) => ({
      ...{ address: server.address, port: server.port },
      state: server.state === 'ready' ? 'ready' : 'drain',
    })),
  };
}

function udpRow(node: string | null, frontend: UdpFrontend, service: Service): FrontendRow {
  const { name, address, port, endpoints, sources = null } = frontend;
  const { affinitySeconds = null } = service;
  return {
    ...{ name, address, port, protocol: 'UDP', mode: null, tls: null, failsOpen: false },
    ...{ node, sources, affinitySeconds },
    servers: endpoints.map((endpoint) => ({
      ...{ address: endpoint.address, port: endpoint.port, state: endpoint.state },
    })),
  };
}

/** Others that share the address have frontends of their own. */
function onlyFor(vip: Vip, { uid }: Service): Vip {
  return { ...vip, holders: vip.holders.filter((holder) => holder.uid === uid) };
}

/** An endpoint is dropped once for every port and address. */
function unique<T>(values: readonly T[]): T[] {
  const texts = values.map((value) => JSON.stringify(value));
  return values.filter((_, index) => texts.indexOf(texts[index] ?? '') === index);
}
