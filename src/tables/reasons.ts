import { printable } from '../lib/printable.ts';

/**
 * Every reason Fairlead gives for a "no", said once. Condition reason, event reason, metric label
 * and the sentence in `kubectl fairlead explain` are this code; `sentence` turns the reason's data
 * into what a person reads. Codes are stable: a retired one is never used for something else
 * (k8s-requirements.md R83, allocation.md section 10).
 */
export const reasons = {
  NoPool: (d) => `no VipPool can serve this Service: ${d.why}`,
  PoolExhausted: (d) =>
    `VipPool ${d.pool} has no free ${d.family} address of ${d.size}; add some or delete a Service`,
  PoolNotFound: (d) =>
    [
      `VipPool "${d.pool}", named by annotation ${d.annotation}, does not exist;`,
      'create it, or correct the annotation',
    ].join(' '),
  PoolInvalid: (d) => `VipPool ${d.pool} is not valid: ${d.why}`,
  PoolOverlap: (d) =>
    `${d.shared} belongs to VipPool ${d.other}, which is older; remove it from one of the two`,
  PoolOverlapped: (d) =>
    `VipPool ${d.other}, which is younger, lists ${d.shared} as well and does not get it`,
  FieldNotImplemented: (d) =>
    `${d.field} is not implemented in this version of Fairlead; ${d.remedy}`,
  RequestUnparsable: (d) => `${d.field} is "${d.text}": ${d.why}; write ${d.remedy}`,
  RequestConflict: (d) =>
    `spec.loadBalancerIP and annotation ${d.annotation} both ask; remove spec.loadBalancerIP`,
  RequestFamilies: (d) =>
    `the Service has ${d.wanted}, requested is ${d.requested}; ask for one of each family it has`,
  AddressInNoPool: (d) =>
    `${d.address} is in no VipPool this Service may use; choose an address from ${d.ranges}`,
  AddressInOtherPool: (d) =>
    `${d.address} belongs to VipPool ${d.pool}; all are to come from VipPool ${d.wanted}`,
  AddressExcluded: (d) =>
    `${d.address} is excluded from VipPool ${d.pool} by spec.excludedAddresses${wayOut(d)}`,
  AddressTaken: (d) => `${d.address} is ${d.state}${wayOut(d)}`,
  AddressReserved: (d) =>
    `${d.address} is reserved in VipPool ${d.pool} for ${d.owner}${wayOut(d)}`,
  ReservationOccupied: (d) =>
    `reserved, but held by others: ${d.occupied}; they keep it until they release it`,
  QuotaExceeded: (d) =>
    [
      `namespace ${d.namespace} holds ${d.used} of at most ${d.limit} ${d.family} addresses of`,
      `VipPool ${d.pool}; delete a Service or ask for a higher quota`,
    ].join(' '),
  AddressRequestsDenied: (d) =>
    [
      `VipPool ${d.pool} takes no requests for single addresses (spec.addressRequests: Denied);`,
      `remove ${d.field}`,
    ].join(' '),
  FamilyUnavailable: (d) =>
    [
      `no VipPool offers ${d.families} for this Service; have some added to one,`,
      'or set spec.ipFamilyPolicy: PreferDualStack',
    ].join(' '),
  NoClusterIp: () =>
    'a Service without a cluster IP has no address family to serve; remove clusterIP: None',
  ProtocolUnsupported: (d) =>
    [
      `port ${d.port} is closed on node ${d.nodes}: its kernel cannot send ${d.protocol} on;`,
      'the other ports are served',
    ].join(' '),
  SourceRangesInvalid: (d) => `${d.problem}; the Service is not served until that is put right`,
  TooManyPorts: (d) =>
    `port ${d.port} is one of ${d.count} of the Service, and the first ${d.limit} are served`,
  GuardInvalid: (d) => `${d.problem}; the Service is not served until that is put right`,
  SecretPending: (d) => `node ${d.node} has not read Secret ${d.secret} yet`,
  SecretMissing: (d) =>
    [
      `Secret ${d.secret} does not exist in the namespace of the Service (node ${d.node}):`,
      'create it, or correct the annotation that names it; a port that has had a key of it keeps that one, others are closed',
    ].join(' '),
  SecretForbidden: (d) =>
    [
      `the agents may not read Secret ${d.secret} (node ${d.node}); grant it by`,
      `kubectl fairlead grant-tls -n ${d.namespace} | kubectl apply -f -`,
    ].join(' '),
  SecretInvalid: (d) => `Secret ${d.secret}: ${d.why} (node ${d.node}); the key before it stays`,
  CertificateExpired: (d) => `the certificate of Secret ${d.secret} ended at ${d.why}; renew it`,
  CertificateExpiring: (d) => `the certificate of Secret ${d.secret} ends at ${d.why}`,
  CertificatesReady: (d) => `certificates of ${d.secrets} are in use`,
  AnnotationInvalid: (d) => `${d.field} is "${d.text}": ${d.why}; write ${d.remedy}`,
  AnnotationUnknown: (d) =>
    `annotation ${d.annotation} is unknown and sets nothing; those that exist are ${d.remedy}`,
  RetainLimited: (d) =>
    [
      `${d.annotation} is ${d.asked}, and VipPool ${d.pool} keeps addresses of deleted Services`,
      `for ${d.limit} s (spec.maxRetainSeconds); that counts until it is raised`,
    ].join(' '),
  SettingLimited: (d) =>
    [
      `${d.annotation} is ${d.asked}, and VipPool ${d.pool} allows ${d.limit}`,
      `(spec.serviceLimits.${d.field}); that counts until it is raised`,
    ].join(' '),
  SettingNeedsHttp: (d) =>
    `annotation ${d.annotation} counts in HTTP mode, and no port is in it; set ${d.protocol}: HTTP`,
  ClientAddressHidden: (d) =>
    [
      `externalTrafficPolicy: Local does not show pods the client on port ${d.ports}, for HAProxy`,
      `connects to them; set ${d.header}: V2, or ${d.protocol}: HTTP for X-Forwarded-For`,
    ].join(' '),
  SettingIdle: (d) => `annotation ${d.annotation} has no effect: ${d.why}`,
  OtherServiceUnusable: (d) =>
    `Service ${d.other} gives no servers: ${d.why} (node ${d.node}); the Service’s own pods serve`,
  PortConflict: (d) =>
    `port ${d.port} is taken on node ${d.nodes} by another process; stop it or choose another port`,
  NoEligibleNode: (d) => `no node can hold ${d.address}: ${d.why}`,
  NoVridFree: (d) =>
    `no VRID of ${d.range} is free on segment ${d.segment}; widen spec.announce.vrrp.vridRange`,
  NotProgrammed: (d) => `waiting for a node to program and hold ${d.address}`,
  NoHolder: (d) => `no node holds ${d.instance}; last holder ${d.last}`,
  TwoHolders: (d) =>
    [
      `nodes ${d.nodes} both hold ${d.instance}: ${d.deaf} does not hear the VRRP packets`,
      `(IP protocol 112) of ${d.unheard}; allow protocol 112 between them`,
    ].join(' '),
  JoinBlocked: (d) =>
    `${d.joining} waits to join until ${d.waiting} confirm generation ${d.generation}`,
  DataPlaneRefused: (d) => `node ${d.node} keeps its last good configuration: ${d.sentence}`,
  ReportIncomplete: (d) =>
    [
      `whether it is so on node ${d.node} cannot be told: what is wrong there is more than its`,
      'VipNode has room for (status.omitted)',
    ].join(' '),
  IPModeUnsupported: () =>
    'the API server dropped ipMode: Proxy, so kube-proxy bypasses HAProxy; use Kubernetes >= 1.32',
  StatusContested: (d) =>
    [
      'somebody else keeps rewriting status.loadBalancer, so it is written ever more seldom;',
      `kubectl get service -n ${d.namespace} ${d.service} -o yaml --show-managed-fields tells who`,
    ].join(' '),
  PoolInUse: (d) => `still in use by ${d.services}`,
  ClassUnset: (d) =>
    [
      `${d.count} Services without loadBalancerClass are served by nobody;`,
      'set the class fairlead.dev/vip or install with defaultClass=true',
    ].join(' '),
  Allocated: (d) => `holds ${d.addresses} from VipPool ${d.pool}`,
  AllocatedPartially: (d) =>
    `holds ${d.addresses} from VipPool ${d.pool}; no ${d.missing} address could be given`,
  VipInUse: (d) =>
    `Vip ${d.vip} was deleted while ${d.services} has the address; it stays until that ends`,
  KeptOutsidePool: (d) => `keeps ${d.address}, which VipPool ${d.pool} no longer contains`,
  KeptUnselected: (d) =>
    `keeps ${d.addresses}, which VipPool ${d.pool} would not give today; a release is final`,
  KeptDespiteReassign: (d) => `keeps ${d.held}; it cannot be reassigned: ${d.why}`,
  KeptDespiteRequest: (d) => `keeps ${d.held}; the request cannot be met: ${d.why}`,
  Programmed: (d) => `answers on ${d.addresses}, held by ${d.nodes}`,
  PortsServed: () => 'every port is served',
  Valid: (d) => `${d.size} addresses`,
  Held: (d) => `held by ${d.node}`,
  HolderChanging: (d) =>
    `nodes ${d.nodes} say they hold ${d.instance}; waiting until those that are alive say so again`,
  ReservationsFree: () => 'no reserved address is held by somebody else',
  Serving: (d) => `${d.count} pools`,
  DataPlaneNotReady: (d) => `${d.why}`,
  KernelSuitable: () => 'nothing of the kernel’s settings limits HAProxy',
  KernelLimits: (d) => `${d.why}`,
  VipsReached: () => 'tried from this node, VIPs answer where their ports are served or closed',
  VipBypassed: (d) =>
    [
      `tried from node ${d.node}, ${d.count} ports of VIPs are answered by something else,`,
      `before the packet filter of the node that holds the VIP: ${d.targets}; HAProxy is bypassed,`,
      'and with it checks, TLS, source ranges and the guard',
    ].join(' '),
  VipsUntested: () => 'nothing that was tried has answered yet',
  NoLeader: (d) =>
    `no controller leads (${d.why}); what is served goes on, but nothing new is decided`,
  NodeSilent: (d) =>
    `node ${d.node} has not renewed its Lease for ${d.silent}; nobody waits for what it says`,
  Quarantined: (d) =>
    [
      `${d.address} is given to nobody until node ${d.nodes} confirms that it no longer serves it,`,
      'or its Node is deleted',
    ].join(' '),
  AddressFree: (d) => `${d.address} is free in VipPool ${d.pool}`,
  AddressOutside: (d) => `${d.address} is in no VipPool; there are ${d.ranges}`,
  Leaving: (d) => `${d.why}: first ${d.addresses || 'everything'} is withdrawn from the nodes`,
  ServerDown: (d) => `${d.server} of port ${d.port} fails the check of node ${d.node}: ${d.why}`,
  NoEndpoints: (d) =>
    `port ${d.port} of ${d.address} has no ready endpoint; new connections are refused`,
  BackupServes: (d) =>
    `port ${d.port} of ${d.address} has no ready endpoint; Service ${d.other} stands in`,
  NotFairleads: (d) => `Fairlead does not serve this Service: ${d.why}`,
  Preparing: () => 'waits for the controller to put its finalizers on it',
  AddressesFree: (d) => `${d.summary}`,
  NotReady: (d) => `${d.summary}`,
  Ready: (d) => `${d.summary}`,
} satisfies Record<string, (data: ReasonData) => string>;

/** What its owner can do about an address; nothing where nobody asks for it (`explain vip/`). */
function wayOut({ field }: ReasonData): string {
  return field === undefined ? '' : `; ask for another, or remove ${field}`;
}

/** The values a reason's sentence is made of; text, already fit to print. */
export type ReasonData = Readonly<Record<string, string | number>>;

/** The stable code of a reason: CamelCase, at most 64 characters. */
export type ReasonCode = keyof typeof reasons;

/** What nodes report of a Secret. */
export const secretReasons = [
  'SecretPending',
  'SecretMissing',
  'SecretForbidden',
  'SecretInvalid',
  'CertificateExpired',
  'CertificateExpiring',
] as const satisfies readonly ReasonCode[];
export type SecretReason = (typeof secretReasons)[number];

/**
 * A reason with its data: what a refusal carries, and what every condition and event is made from.
 */
export type Reason = { readonly code: ReasonCode; readonly data: ReasonData };

/** Builds a reason. */
export function reason(code: ReasonCode, data: ReasonData = {}): Reason {
  return { code, data };
}

/**
 * The sentence a person reads: nothing in it that steers a terminal, and never longer than a
 * condition message may be (32,768 characters).
 */
export function sentence(of: Reason): string {
  const text: string = (reasons[of.code] as (data: ReasonData) => string)(of.data);
  return printable(text, sentenceMax);
}

const sentenceMax = 4_096;

/** What a user wrote, as it is quoted in a sentence: enough to recognise it. */
export function quoted(text: string): string {
  return printable(text, quotedMax);
}

const quotedMax = 100;
