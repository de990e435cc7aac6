import { desiredFrontends } from '../desired/desired-frontends.ts';
import { isServed } from '../desired/desired-instances.ts';
import { by } from '../lib/order.ts';
import type { EndpointSlice, Service, Vip } from '../model/objects.ts';

/** One VIP and port of a Service, and the servers behind it, as on its node. */
export type FrontendRow = {
  /** HAProxy's own name of frontend and backend: `show stat` lists it. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Networks whose clients may connect; empty: nobody; null: everybody. */
  readonly sources: readonly string[] | null;
  /** Seconds after its last connection for which a client keeps its server; null: it does not. */
  readonly affinitySeconds: number | null;
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
    /** Names of all Vips of the cluster. */
    readonly vipNames: ReadonlySet<string>;
  },
): Frontends {
  const key = `${service.namespace}/${service.name}`;
  const own = of.vips.filter(isServed);
  const sources = {
    services: new Map([[key, service]]),
    slicesOf: new Map([[key, of.slices]]),
    vipNames: of.vipNames,
  };
  const parts = own.map((vip) => ({
    node: vip.statusNode ?? null,
    ...desiredFrontends([onlyFor(vip, service)], sources),
  }));
  const frontends = parts.flatMap(({ node, frontends: all }) =>
    all.map(({ name, address, port, servers, sources = null, affinitySeconds = null }) => ({
      ...{ name, address, port, node, sources, affinitySeconds },
      servers: servers.map((server) => ({
        ...{ address: server.address, port: server.port },
        state: server.state === 'ready' ? ('ready' as const) : ('drain' as const),
      })),
    })),
  );
  const notes = parts.flatMap((part) => part.notes);
  const dropped = notes.map(({ address, slice, why }) => ({ address, slice, why }));
  return { frontends: frontends.toSorted(by(({ name }) => name)), dropped: unique(dropped) };
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
