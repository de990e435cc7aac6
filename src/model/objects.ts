import type { Address, Family, Prefix, Range } from '../net/address.ts';
import type { protocols, vipPhases } from '../tables/names.ts';
import type { Reason, SecretReason } from '../tables/reasons.ts';
import type { ServiceSettings } from './service-settings.ts';

/**
 * A Service as far as Fairlead reads it. Types are parsed; text from users is kept as text until a
 * parser takes it.
 */
export type Service = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly createdMs: number;
  readonly deleting: boolean;
  readonly type: string;
  readonly loadBalancerClass: string | undefined;
  readonly clusterIps: readonly string[];
  readonly families: readonly Family[];
  readonly familyPolicy: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';
  readonly ports: readonly ServicePort[];
  /** Seconds after its last connection for which a client keeps its server (R51). */
  readonly affinitySeconds: number | undefined;
  readonly sourceRanges: readonly string[];
  readonly externalTrafficPolicy: string;
  readonly loadBalancerIp: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Only `fairlead.dev/…` and the source-range annotation (R58). */
  readonly annotations: Readonly<Record<string, string>>;
  /** The VipPolicy that its annotation names, put in by `withPolicies`; absent: it names none. */
  readonly policy?: NamedPolicy;
  readonly finalizers: readonly string[];
  readonly ingress: readonly Ingress[];
  readonly conditions: readonly Condition[];
};

/** `settings` are undefined while there is no such policy. */
export type NamedPolicy = { readonly name: string; readonly settings: ServiceSettings | undefined };

/** A VipPolicy: settings for Services of its namespace. */
export type Policy = {
  readonly namespace: string;
  readonly name: string;
  readonly settings: ServiceSettings;
};

export type Protocol = (typeof protocols)[number];

/** One port of a Service; `name` is "" for the single unnamed port (R65). */
export type ServicePort = {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** What its owner says is spoken on it (Service API, KEP-3726). */
  readonly appProtocol?: string;
};

/** One entry of status.loadBalancer.ingress as read back (R21–R24). */
export type Ingress = {
  readonly ip: string;
  readonly ipMode: string | undefined;
  readonly ports: readonly {
    readonly port: number;
    readonly protocol: string;
    readonly error?: string;
  }[];
};

/** metav1.Condition. */
export type Condition = {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
};

/** A Namespace: its labels are what pools select by. */
export type Namespace = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
};

/** A Node as far as placing VIPs needs it. */
export type Node = {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly {
    readonly key: string;
    readonly value: string;
    readonly effect: string;
  }[];
  readonly deleting: boolean;
};

/**
 * When a node last renewed its kube-node-lease Lease, by the controller's own observation (ms of
 * the snapshot's clock).
 */
export type NodeLease = { readonly node: string; readonly seenMs: number };

/** One EndpointSlice, reduced (R61–R68). Only the agent reads these. */
export type EndpointSlice = {
  readonly namespace: string;
  readonly name: string;
  readonly service: string;
  readonly family: Family;
  readonly ports: readonly {
    readonly name: string;
    readonly protocol: Protocol;
    readonly port: number;
  }[];
  readonly endpoints: readonly Endpoint[];
};
export type Endpoint = {
  readonly address: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly node: string | undefined;
  /** Zones and nodes it is meant for (`hints`, R73); absent: nobody said. */
  readonly zones?: readonly string[];
  readonly nodes?: readonly string[];
};

/** Label selector with equality and set parts, as Kubernetes has it. */
export type Selector = {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values: readonly string[];
  }[];
};

/** A VipPool: parsed where it could be, with the problems that keep it from granting (A51). */
export type Pool = {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly createdMs: number;
  readonly deleting: boolean;
  readonly finalizers: readonly string[];
  readonly ranges: readonly Range[];
  readonly excluded: readonly Range[];
  /** IPv4 addresses that end so are excluded as well: `*.0`, `*.255` (A14). */
  readonly excludedLastOctets: readonly number[];
  readonly assignment: 'Automatic' | 'OnRequest';
  readonly addressRequests: 'Allowed' | 'Denied';
  readonly priority: number;
  readonly namespaceSelector: Selector;
  readonly serviceSelector: Selector;
  readonly quotas: readonly Quota[];
  readonly reservations: readonly Reservation[];
  readonly coolDownSeconds: number;
  readonly maxRetainSeconds: number;
  /** Whether its VIPs answer to ping. */
  readonly icmpEcho: 'Allowed' | 'Denied';
  /** Settings of Services that say nothing themselves, and the highest that they may have. */
  readonly serviceDefaults: ServiceSettings;
  readonly serviceLimits: ServiceSettings;
  readonly strandedPolicy: 'Keep' | 'Reassign';
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly unknown[];
  readonly interfaces: readonly string[];
  readonly vrrp: PoolVrrp;
  /** Why this pool grants nothing new; empty when it is valid. */
  readonly problems: readonly Reason[];
  readonly conditions: readonly Condition[];
  /**
   * The rest of its status as canonical JSON: tells whether there is anything new to write (R17).
   */
  readonly statusText: string;
};

/** Most addresses of each family that each of the selected namespaces may hold here (A62). */
export type Quota = { readonly namespaceSelector: Selector; readonly maxAddresses: number };

/** Addresses kept for a namespace, for one Service of it, or, without either, for nobody (A60). */
export type Reservation = {
  readonly ranges: readonly Range[];
  readonly namespace: string | undefined;
  readonly serviceName: string | undefined;
};

export type PoolVrrp = {
  readonly advertIntervalMs: number;
  readonly maxMembers: number;
  readonly firstVrid: number;
  readonly lastVrid: number;
};

export type VipPhase = (typeof vipPhases)[number];

/**
 * A Vip: one allocated address, the lock (A4, A5). In phase Releasing the nodes are still to
 * confirm that it is withdrawn (A57).
 */
export type Vip = {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly deleting: boolean;
  readonly finalizers: readonly string[];
  readonly address: Address;
  readonly pool: string;
  /** Name of the VrrpInstance that carries it. */
  readonly instance: string;
  /** The instance it passed from (A47), until every node has withdrawn it there. */
  readonly previousInstance: string | undefined;
  /** Where it will be once an instance of another pool is ready to take it (A47). */
  readonly next: { readonly pool: string; readonly instance: string } | undefined;
  /**
   * Held, Stranded: who has it. Releasing, Quarantined: who had it. Retained: for whom it is kept.
   * Cooling: nobody.
   */
  readonly holders: readonly VipHolder[];
  readonly phase: VipPhase;
  /** When the phase began, ms since the epoch. */
  readonly phaseSinceMs: number;
  /** Quarantined: nodes that have not confirmed the withdrawal (A64). */
  readonly awaitedNodes: readonly string[];
  readonly statusNode: string | undefined;
  /** `status.services`: the holders, for printing. */
  readonly statusServices: string | undefined;
  readonly conditions: readonly Condition[];
};

/** One Service on a Vip, and what it was granted there (A5). */
export type VipHolder = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Others of its namespace with the same key may be on the address too (A32, A33). */
  readonly sharingKey: string | undefined;
  /** What its owner asks for (A61); the pool's own limit is applied when it is deleted. */
  readonly retainSeconds: number;
  /** Since when the nodes are to withdraw it while other holders stay; undefined = it stays. */
  readonly leavingSinceMs: number | undefined;
  readonly ports: readonly { readonly protocol: Protocol; readonly port: number }[];
};

/**
 * A VrrpInstance, named `<segment>.<vrid>`: the lock of a VRID and what its members must agree on.
 */
export type Instance = {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly createdMs: number;
  readonly deleting: boolean;
  readonly segment: string;
  readonly vrid: number;
  readonly pool: string;
  readonly anchor: string;
  readonly advertIntervalMs: number;
  readonly members: readonly Member[];
  /**
   * A planned move the controller asks for: the holder `from` gives the instance up once per
   * serial.
   */
  readonly move:
    | { readonly serial: number; readonly from: string; readonly to: string }
    | undefined;
  readonly statusHolder: string | undefined;
  /** `status.members`: who is to run it, for printing. */
  readonly statusMembers: string | undefined;
  readonly conditions: readonly Condition[];
};

/**
 * A member of an instance. `Joining`: listed as a peer by the others but not yet started
 * (dataplane.md section 3, newcomers). `Leaving`: must stop; the others still list it. Rank 0 is
 * preferred: priority = 254 - 16 × rank.
 */
export type Member = {
  readonly node: string;
  readonly address: string;
  readonly interface: string;
  readonly rank: number;
  readonly state: 'Member' | 'Joining' | 'Leaving';
  /**
   * The others must confirm this metadata.generation (or a later one) before a Joining member
   * becomes a Member.
   */
  readonly sinceGeneration: number;
  /** When the state was set, ms since the epoch; JoinBlocked is said a bounded time after it. */
  readonly sinceMs: number;
};

/** What a node's agent reports (VipNode.status). */
export type VipNode = {
  readonly name: string;
  readonly interfaces: readonly NodeInterface[];
  readonly instances: readonly ReportedInstance[];
  readonly portConflicts: readonly {
    readonly pool: string;
    readonly address: string;
    readonly port: number;
    readonly service: string;
  }[];
  readonly refusals: readonly {
    readonly pool: string;
    readonly service: string;
    readonly sentence: string;
  }[];
  readonly secrets: readonly ReportedSecret[];
  /** How many further ones of these three there are. */
  readonly omitted: OmittedRows;
  readonly serversDown: readonly ReportedServerDown[];
  readonly otherServices: readonly ReportedOther[];
  readonly pools: readonly ReportedPool[];
  /** What its kernel cannot send on: ports of it are closed there (R40). */
  readonly unsupportedProtocols: readonly Protocol[];
  /** Instances that a released Vip asks this node about, and that it does not run. */
  readonly withdrawn: readonly Withdrawal[];
  readonly conditions: readonly Condition[];
};
/** "Of the Vips that the digest stands for I serve none by this instance." */
export type Withdrawal = { readonly instance: string; readonly digest: string };
export type NodeInterface = {
  readonly name: string;
  readonly mac: string;
  readonly prefixes: readonly Prefix[];
};
/** Rows that a report had no room for. */
export type OmittedRows = {
  readonly portConflicts: number;
  readonly refusals: number;
  readonly secrets: number;
};
/** A server that is to serve and fails its check on this node. */
export type ReportedServerDown = {
  readonly service: string;
  readonly port: number;
  /** `10.1.0.7:8080`. */
  readonly server: string;
  readonly why: string;
};
/** A Service of the namespace that a Service names in its settings and that gives no servers. */
export type ReportedOther = {
  readonly service: string;
  /** The name of the other one. */
  readonly other: string;
  readonly why: string;
};
/** A Secret that a Service wants, with what is wrong; `message` is what the reason leaves open. */
export type ReportedSecret = {
  readonly pool: string;
  readonly service: string;
  readonly secret: string;
  readonly reason: SecretReason;
  readonly message: string;
};
export type ReportedPool = {
  readonly name: string;
  /** haproxy answers and keepalived runs on this node. */
  readonly ready: boolean;
};
export type ReportedInstance = {
  readonly name: string;
  readonly pool: string;
  /** Generation of the VrrpInstance this node's keepalived runs with. */
  readonly generation: number;
  readonly held: boolean;
  /**
   * Digest (vipsDigest) of the Vips of this instance that are programmed here; equal digests = all
   * programmed.
   */
  readonly digest: string;
  /** Serial of the last planned move done here. */
  readonly moveSerial: number;
  /** lastTransitionTime of the dispute (Held: Unknown) that this node answers; "" = none. */
  readonly disputeSeen: string;
};

/** A frozen picture of everything a controller decides from. Maps are never iterated unsorted. */
export type ClusterSnapshot = {
  readonly nowMs: number;
  readonly isDefaultClass: boolean;
  readonly pools: readonly Pool[];
  readonly services: readonly Service[];
  readonly namespaces: readonly Namespace[];
  readonly vips: readonly Vip[];
  readonly instances: readonly Instance[];
  readonly nodes: readonly Node[];
  readonly leases: readonly NodeLease[];
  readonly vipNodes: readonly VipNode[];
};
