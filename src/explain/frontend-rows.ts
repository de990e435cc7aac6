import { desiredFrontends } from '../desired/desired-frontends.ts';
import { isServed } from '../desired/desired-instances.ts';
import type { FlowFrontend, Frontend, OtherService, Server } from '../desired/desired-node.ts';
import { by, grouped } from '../lib/order.ts';
import type { EndpointSlice, Pool, Protocol, Service, Vip } from '../model/objects.ts';
import type { Place } from '../model/topology.ts';

/** One VIP and port of a Service, and the servers behind it, as on its node. */
export type FrontendRow = {
  /** Of TCP HAProxy's own name of frontend and backend: `show stat` lists it. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
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
  readonly servers: readonly ServerRow[];
  /** The Service that gets a share of new connections, and why it cannot; null: none is named. */
  readonly canary: (OtherRow & { readonly percent: number }) | null;
  /** The Service that serves when no pod of this one can; null: none is named. */
  readonly backup: (OtherRow & { readonly servers: readonly ServerRow[] }) | null;
};

/** Whether somebody gets new connections. */
export function isServing({ servers }: Pick<FrontendRow, 'servers'>): boolean {
  return servers.some(({ state }) => state === 'ready');
}

/** Whether its backup Service can serve. */
export function standsIn({ backup }: FrontendRow): boolean {
  return backup !== null && isServing(backup);
}

/** `problem` is null where all is well. */
type OtherRow = { readonly service: string; readonly problem: string | null };

type ServerRow = {
  readonly address: string;
  readonly port: number;
  readonly state: 'ready' | 'drain' | 'unready';
  /** Serves only when those without this cannot. */
  readonly spare?: true;
  /** It is one of the canary's. */
  readonly canary?: true;
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
    /** Zones of the nodes that have one, by name. */
    readonly zones: ReadonlyMap<string, string>;
    /** Names of all Vips of the cluster. */
    readonly vipNames: ReadonlySet<string>;
  },
): Frontends {
  const key = `${service.namespace}/${service.name}`;
  const own = of.vips.filter(isServed);
  const sources = {
    services: new Map([[key, service]]),
    slicesOf: grouped(of.slices, (slice) => `${slice.namespace}/${slice.service}`),
    pools: new Map(of.pools.map((pool) => [pool.name, pool])),
    vipNames: of.vipNames,
  };
  const parts = own.map((vip) => ({
    node: vip.statusNode ?? null,
    ...desiredFrontends([onlyFor(vip, service)], { ...sources, place: placeOf(vip, of.zones) }),
  }));
  const frontends = parts.flatMap(({ node, frontends: tcp, flows }) => [
    ...tcp.map((frontend) => tcpRow(node, frontend)),
    ...flows.map((frontend) => flowRow(node, frontend, service)),
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
  const { backup } = frontend;
  const mode = frontend.http === undefined ? null : 'HTTP';
  const tls = frontend.tls?.certificates.map(({ secret }) => secret) ?? null;
  return {
    ...{ name, address, port, protocol: 'TCP', mode, tls, node, sources, affinitySeconds },
    failsOpen: frontend.settings?.['when-all-fail'] === 'FailOpen',
    servers: serverRows(servers),
    canary: frontend.canary
      ? { ...other(frontend.canary), percent: frontend.canary.percent }
      : null,
    backup: backup ? { ...other(backup), servers: serverRows(backup.servers) } : null,
  };
}

function other({ service, problem }: OtherService): OtherRow {
  return { service, problem: problem ?? null };
}

function serverRows(servers: readonly Server[]): readonly ServerRow[] {
  return servers.map((server) => ({
    ...{ address: server.address, port: server.port },
    state: server.state === 'maint' ? 'drain' : server.state,
    ...(isSpare(server, servers) && { spare: true }),
    ...(server.isCanary && { canary: true }),
  }));
}

function flowRow(node: string | null, frontend: FlowFrontend, service: Service): FrontendRow {
  const { name, address, port, protocol, endpoints, backup, sources = null } = frontend;
  const { affinitySeconds = null } = service;
  const servers = endpoints.map(
    (endpoint): ServerRow => ({
      ...{ address: endpoint.address, port: endpoint.port },
      state: endpoint.state === 'drain' ? 'drain' : 'ready',
      ...(endpoint.state === 'spare' && { spare: true }),
    }),
  );
  // Then all that are ready are the backup's.
  const isOfBackup = ({ state }: ServerRow) => backup?.isServing === true && state === 'ready';
  return {
    ...{ name, address, port, protocol, mode: null, tls: null, failsOpen: false },
    ...{ node, sources, affinitySeconds },
    servers: servers.filter((server) => !isOfBackup(server)),
    canary: null,
    backup: backup ? { ...other(backup), servers: servers.filter(isOfBackup) } : null,
  };
}

/** As on the node that answers; while none does no server is nearer than another. */
function placeOf({ statusNode: node }: Vip, zones: ReadonlyMap<string, string>): Place {
  return { node, zone: node === undefined ? undefined : zones.get(node) };
}

/** Where all are spare, all serve. */
function isSpare({ role, state }: Server, servers: readonly Server[]): boolean {
  const isFurther = role === 'Spare' || role === 'LastSpare';
  return isFurther && state === 'ready' && servers.some((one) => one.role === undefined);
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
