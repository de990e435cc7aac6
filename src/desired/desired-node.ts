import type { Protocol } from '../model/objects.ts';
import type { ServiceSettings } from '../model/service-settings.ts';
import type { Family } from '../net/address.ts';
import type { KeyName } from '../tables/key-file.ts';

/**
 * What one node should serve: plain JSON, logged, saved as the last good state, diffed, compared
 * whole in tests. Every text in it has been parsed into a type first; renderers ask no questions.
 */
export type DesiredNode = { readonly node: string; readonly pools: readonly DesiredPool[] };

/** What one pool's haproxy and keepalived on this node should do. Lists are sorted by name. */
export type DesiredPool = {
  readonly pool: string;
  readonly haproxy: DesiredHaproxy;
  /** What nftables serves: HAProxy has neither UDP nor SCTP (design.md section 2.4). Sorted. */
  readonly flows: readonly FlowFrontend[];
  /** VIPs do not answer to ping; absent: they do. */
  readonly isPingDenied?: true;
  readonly keepalived: DesiredKeepalived;
};

export type DesiredHaproxy = {
  /** Connections in all; file descriptors follow (dataplane.md section 6). */
  readonly maxConnections: number;
  /** Where clients' servers are told to the other nodes; absent: no frontend remembers any. */
  readonly peers?: Peers;
  readonly frontends: readonly Frontend[];
};

/** The HAProxies of one pool, sorted by node; `local` is the one of this node. */
export type Peers = { readonly local: string; readonly members: readonly Peer[] };
export type Peer = {
  readonly node: string;
  readonly family: Family;
  readonly address: string;
  readonly port: number;
};

/**
 * One VIP:port and the servers behind it. `name` is `<namespace>_<service>_<port>_<Vip>`; the
 * backend has the same name.
 */
export type Frontend = {
  readonly name: string;
  /** `namespace/name`, for messages. */
  readonly service: string;
  readonly family: Family;
  readonly address: string;
  readonly port: number;
  readonly servers: readonly Server[];
  /** Whose servers take part beside the Service's own; in `servers` they are marked. */
  readonly canary?: OtherService & { readonly percent: number };
  /** Who serves when none of `servers` can; absent: nobody. */
  readonly backup?: OtherService & { readonly servers: readonly Server[] };
  /** Seconds after its last connection for which a client keeps its server (R51). */
  readonly affinitySeconds?: number;
  /** What its owner set otherwise than by default; absent: nothing. */
  readonly settings?: FrontendSettings;
  /**
   * Networks whose clients may connect, sorted; empty: nobody; absent: everybody (R55, R57). Of the
   * VIP's family, with `proxies` of both.
   */
  readonly sources?: readonly string[];
  /** Networks whose clients may not, whatever `sources` says; as there, at least one. */
  readonly denied?: readonly string[];
  /** Networks from which a connection begins with a PROXY header; sorted, at least one. */
  readonly proxies?: readonly string[];
  /** HAProxy reads requests; absent: it passes bytes on. */
  readonly http?: FrontendHttp;
  /** TLS is ended here; absent: bytes pass as they come. */
  readonly tls?: FrontendTls;
  /** TLS is spoken to the servers. */
  readonly serverTls?: ServerTls;
  /** Two pools have it until the VIP has passed from one to the other (A47): no port conflict. */
  readonly isPassing?: true;
};

/** Another Service of the namespace, by its name, and what is wrong with it. */
export type OtherService = { readonly service: string; readonly problem?: string };

/** HTTP mode; with `redirectPort` every request is sent to https, to that port. */
export type FrontendHttp = {
  readonly serverProtocol: 'HTTP1' | 'HTTP2';
  readonly redirectPort?: number;
};

/** The first certificate answers clients whose name none has. */
export type FrontendTls = {
  readonly certificates: readonly KeyName[];
  readonly clientAuthority?: KeyName;
};

/** Without an authority every certificate is taken. */
export type ServerTls = { readonly authority?: KeyName; readonly name?: string };

/**
 * One VIP:port of UDP or SCTP and the endpoints behind it, sorted by address and port. Two of one
 * name differ in their protocol.
 */
export type FlowFrontend = Pick<Frontend, 'name' | 'service' | 'family' | 'address' | 'port'> & {
  readonly protocol: FlowProtocol;
  readonly endpoints: readonly FlowEndpoint[];
  /** Who takes the place of endpoints of which none is ready; with `isServing` in `endpoints`. */
  readonly backup?: OtherService & { readonly isServing: boolean };
  /** All that a client address sends goes to one endpoint, whatever port it comes from (R51). */
  readonly isSticky: boolean;
  /** Endpoints of this node see the client's address: externalTrafficPolicy Local (R46). */
  readonly isDirect: boolean;
  readonly sources?: readonly string[];
  readonly denied?: readonly string[];
};

/** What has flows that nftables sends on. */
export type FlowProtocol = Exclude<Protocol, 'TCP'>;

/**
 * `drain`, and `spare` that is further away than others: it gets no new flow and keeps those it
 * has.
 */
export type FlowEndpoint = {
  readonly address: string;
  readonly port: number;
  readonly state: 'ready' | 'drain' | 'spare';
  readonly isLocal: boolean;
};

/** What renderers read of a Service's settings. */
export type FrontendSettings = ServiceSettings;

/** One endpoint; `name` is the same on every node: address with dashes, underscore, port. */
export type Server = {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /**
   * Terminating while others are ready: no new connections, old ones run on (R69). `drain` would
   * go on to serve clients who are remembered, so with affinity it is `maint`. `unready`: not ready
   * and not ending; where it runs it keeps its connections, elsewhere it is not made.
   */
  readonly state: 'ready' | 'drain' | 'maint' | 'unready';
  /** Absent: it takes part like any other. */
  readonly role?: ServerRole;
  /** Of what it takes its share by; absent: as much as any other. */
  readonly weight?: number;
  /** It is one of the frontend's `canary`. */
  readonly isCanary?: true;
};

/**
 * `Spare` serves only when nobody without a role can; `LastSpare` hardly at all as long as another
 * spare can. `Kept` plays on the part that it has: it ends soon.
 */
export type ServerRole = 'Spare' | 'LastSpare' | 'Kept';

export type DesiredKeepalived = {
  readonly routerId: string;
  readonly instances: readonly DesiredInstance[];
};

/** One VRRP instance on this node (dataplane.md section 3). */
export type DesiredInstance = {
  /** VrrpInstance name, for reports. */
  readonly name: string;
  readonly generation: number;
  readonly vrid: number;
  readonly interface: string;
  readonly priority: number;
  readonly advertIntervalMs: number;
  readonly sourceAddress: string;
  /** Addresses of the other members, sorted; empty on a lone node. */
  readonly peers: readonly string[];
  /** Link-local, on the loopback: fixed, so that adverts never differ. */
  readonly anchor: string;
  readonly vips: readonly DesiredVip[];
};
export type DesiredVip = {
  readonly address: string;
  readonly family: Family;
  readonly interface: string;
};
