import type { ConditionName } from './conditions.ts';
import type { ReasonCode } from './reasons.ts';

/**
 * What a reason is: `refusal` (something asked for is not given), `kept` (a Service has what it
 * has, and its owner should know something about it), `fault` (something that should work does
 * not), `state` (how things are; nothing to do).
 */
export type ReasonKind = 'refusal' | 'kept' | 'fault' | 'state';

/** What the reference page says of a reason beside its sentence. */
export type ReasonMeaning = {
  readonly kind: ReasonKind;
  /** The conditions that may carry it; a reason with none is told by an event alone. */
  readonly told: readonly ConditionName[];
  /** No condition and no event has it: `kubectl fairlead` alone finds it. */
  readonly isOfCommandLine?: true;
  /** What a person does about it; one sentence or two, without a full stop at the end. */
  readonly remedy: string;
  /** Given only with the status Unknown, which no event tells. */
  readonly isSilent?: true;
};

/** One meaning a reason: the compiler refuses a code without one. */
export const reasonMeanings = {
  NoPool: refusal(
    ['Service.Allocated'],
    'read why each pool was passed over; create a VipPool, or widen the selectors of one',
  ),
  PoolExhausted: refusal(
    ['Service.Allocated', 'VipPool.AddressesAvailable'],
    'add a range to spec.addresses of the pool, or delete a Service that no longer needs its own',
  ),
  PoolNotFound: refusal(
    ['Service.Allocated'],
    'correct the name in the annotation, or create the pool',
  ),
  PoolInvalid: refusal(
    ['VipPool.Valid', 'Service.Allocated'],
    'correct the field that the message names; addresses already given stay',
  ),
  PoolOverlap: refusal(
    ['VipPool.Valid'],
    'remove the shared part from spec.addresses of one of the two; until then it is the older one’s',
  ),
  PoolOverlapped: kept(
    ['VipPool.Overlapped'],
    'nothing, if this pool is to have the addresses; remove them from the younger one',
  ),
  FieldNotImplemented: refusal(
    ['VipPool.Valid', 'Service.Allocated'],
    'remove the field; a setting that nobody enforces is refused rather than ignored',
  ),
  RequestUnparsable: refusal(['Service.Allocated'], 'write the value as the message shows'),
  RequestConflict: refusal(
    ['Service.Allocated'],
    'keep the annotation and remove spec.loadBalancerIP, which Kubernetes has deprecated',
  ),
  RequestFamilies: refusal(
    ['Service.Allocated'],
    'ask for exactly one address of each family in spec.ipFamilies',
  ),
  AddressInNoPool: refusal(
    ['Service.Allocated'],
    'ask for an address out of the ranges named, or have it added to a pool',
  ),
  AddressInOtherPool: refusal(
    ['Service.Allocated'],
    'name the pool that has the address, or ask for one of the named pool; all addresses of a ' +
      'Service come from one pool',
  ),
  AddressExcluded: refusal(
    ['Service.Allocated'],
    'ask for another address, or take this one out of spec.excludedAddresses',
  ),
  AddressTaken: refusal(
    ['Service.Allocated'],
    'ask for another address; the Service gets this one by itself once it is released',
  ),
  AddressReserved: refusal(
    ['Service.Allocated'],
    'ask for another address, or have spec.reservations of the pool changed',
  ),
  ReservationOccupied: kept(
    ['VipPool.ReservationsFree'],
    'nothing: the address goes to whom it is reserved for once its present holder releases it',
  ),
  QuotaExceeded: refusal(
    ['Service.Allocated'],
    'delete a Service of the namespace, or have spec.quotas of the pool raised',
  ),
  AddressRequestsDenied: refusal(
    ['Service.Allocated'],
    'remove the request for an address, or have the pool allow it (spec.addressRequests: Allowed)',
  ),
  FamilyUnavailable: refusal(
    ['Service.Allocated'],
    'add a range of the missing family to a pool, or set spec.ipFamilyPolicy: PreferDualStack',
  ),
  NoClusterIp: refusal(
    ['Service.Allocated'],
    'remove spec.clusterIP: None, or use another type for a headless Service',
  ),
  ProtocolUnsupported: fault(
    ['Service.PortsServed'],
    'use a kernel that tracks SCTP (CONFIG_NF_CT_PROTO_SCTP) on the nodes named, or keep the pool ' +
      'from them by spec.nodeSelector; the other ports of the Service are served',
  ),
  SourceRangesInvalid: refusal(
    ['Service.Allocated', 'Service.Programmed', 'Service.PortsServed'],
    'write CIDRs like 192.0.2.0/24 in spec.loadBalancerSourceRanges (or its annotation); until then ' +
      'nobody may connect, lest everybody could',
  ),
  TooManyPorts: refusal(
    ['Service.PortsServed'],
    'spread the ports over several Services; they may share the address (fairlead.dev/sharing-key)',
  ),
  GuardInvalid: refusal(
    ['Service.Programmed', 'Service.PortsServed'],
    'correct the annotation that the message names; the address is kept meanwhile, and nobody can ' +
      'connect: served without the setting, the Service would be open to those it keeps out',
  ),
  SecretPending: state(
    ['Service.CertificatesReady'],
    'nothing: it takes a moment; if it stays, look at the log of the agent of that node',
  ),
  SecretMissing: fault(
    ['Service.CertificatesReady'],
    'create the Secret in the namespace of the Service, or correct the annotation',
  ),
  SecretForbidden: fault(
    ['Service.CertificatesReady'],
    'let the owner of the namespace grant it: kubectl fairlead grant-tls -n NAMESPACE | kubectl ' +
      'apply -f -; or install with tls.secretAccess=Cluster',
  ),
  SecretInvalid: fault(
    ['Service.CertificatesReady'],
    'put right what the message names; openssl x509 -in tls.crt -noout -text shows what is there',
  ),
  CertificateExpired: fault(
    ['Service.CertificatesReady'],
    'renew it: clients refuse it; the new one is taken without a reload',
  ),
  CertificateExpiring: kept(
    ['Service.CertificatesReady'],
    'renew it; what renews it by itself should have done so by now',
  ),
  CertificatesReady: state(['Service.CertificatesReady'], 'nothing'),
  AnnotationInvalid: kept(
    ['Service.Allocated'],
    'write the value as the message shows; until then the annotation sets nothing',
  ),
  AnnotationUnknown: kept(
    ['Service.Allocated'],
    'correct the name, or remove the annotation; it sets nothing',
  ),
  RetainLimited: kept(
    ['Service.Allocated'],
    'nothing, if the pool’s time is enough; else have spec.maxRetainSeconds of the pool raised',
  ),
  SettingLimited: kept(
    ['Service.Allocated'],
    'nothing, if the pool’s limit is enough; else have spec.serviceLimits of the pool raised',
  ),
  SettingNeedsHttp: kept(
    ['Service.Allocated'],
    'set fairlead.dev/protocol: HTTP or the appProtocol of a port, or remove the annotation',
  ),
  ClientAddressHidden: kept(
    ['Service.Allocated'],
    'set one of the two if the pods need the address; else write externalTrafficPolicy: Cluster, ' +
      'which here serves alike',
  ),
  SettingIdle: kept(
    ['Service.Allocated'],
    'write what the message says is missing, remove what it says stands against it, or the annotation',
  ),
  OtherServiceUnusable: kept(
    ['Service.PortsServed'],
    'create the Service named, give it a port of the same name, or look why none of its pods is ready',
  ),
  PortConflict: fault(
    ['Service.PortsServed'],
    'stop the process that listens on the port of the nodes named, or choose another port; the ' +
      'Service’s other ports are served',
  ),
  NoEligibleNode: refusal(
    ['Service.Allocated'],
    'connect a node’s interface to the address’s network, name one in spec.interfaces, or widen ' +
      'spec.nodeSelector of the pool',
  ),
  NoVridFree: refusal(
    ['Service.Allocated'],
    'widen spec.announce.vrrp.vridRange of the pool; VRIDs are unique on one network segment',
  ),
  NotProgrammed: fault(
    ['Service.Programmed', 'Vip.Programmed'],
    'wait a few seconds; if it stays, look at the conditions of the VipNodes and the VipPool',
  ),
  NoHolder: fault(
    ['Service.Programmed', 'Vip.Programmed', 'VrrpInstance.Held'],
    'look whether the pool’s pods run on the instance’s members; the address stays the Service’s',
  ),
  TwoHolders: fault(
    ['VrrpInstance.Held'],
    'allow IP protocol 112 between the two nodes in every firewall on the way',
  ),
  JoinBlocked: fault(
    ['VrrpInstance.JoinBlocked'],
    'look at the agents of the nodes it waits for; delete a Node that will not come back',
  ),
  DataPlaneRefused: fault(
    ['Service.Programmed'],
    'change what the daemon’s sentence complains about; other Services are not affected',
  ),
  ReportIncomplete: {
    ...fault(
      ['Service.Programmed', 'Service.PortsServed', 'Service.CertificatesReady'],
      'mend what the VipNode lists, beginning with the namespaces that have most of it; the rest ' +
        'is listed then',
    ),
    isSilent: true,
  },
  IPModeUnsupported: fault(
    ['Service.Programmed'],
    'upgrade the API server to Kubernetes 1.32 or newer',
  ),
  PoolInUse: fault(
    ['VipPool.Ready'],
    'delete the Services named, or give them a Service of another pool; the pool goes by itself then',
  ),
  ClassUnset: fault(
    ['VipPool.ClasslessServices'],
    'set spec.loadBalancerClass: fairlead.dev/vip on those meant for Fairlead, or make Fairlead ' +
      'the default class',
  ),
  Allocated: state(['Service.Allocated']),
  AllocatedPartially: state(
    ['Service.Allocated'],
    'nothing, if one family is enough; else add a range of the other family to the same pool',
  ),
  StatusContested: fault(
    [],
    'find the other controller among metadata.managedFields, and let one of the two leave the ' +
      'Service alone: by its loadBalancerClass, or by switching off its default class',
  ),
  VipInUse: kept(
    ['Vip.DeletionWaits'],
    'nothing; an address is given up by deleting the Service, not the Vip',
  ),
  KeptOutsidePool: kept(
    ['Service.Allocated'],
    'add the range to the pool again, or move the Service when its users agree: annotation ' +
      'fairlead.dev/reassign',
  ),
  KeptUnselected: kept(
    ['Service.Allocated'],
    'nothing, until the Service is to be re-created: the pool would not give it an address then',
  ),
  KeptDespiteReassign: kept(
    ['Service.Allocated'],
    'remove what the message names; the present address is kept and served until then',
  ),
  KeptDespiteRequest: kept(
    ['Service.Allocated'],
    'change the request to one that can be met, or remove it; the present address is kept',
  ),
  Programmed: state(['Service.Programmed', 'Vip.Programmed']),
  PortsServed: state(['Service.PortsServed']),
  Valid: state(['VipPool.Valid']),
  Held: state(['VrrpInstance.Held']),
  HolderChanging: { ...state(['VrrpInstance.Held']), isSilent: true },
  ReservationsFree: state(['VipPool.ReservationsFree']),
  Serving: state(['VipNode.Ready']),
  DataPlaneNotReady: fault(
    ['VipNode.Ready'],
    'look at the pods of the pools named on this node, and at the log of its agent',
  ),
  KernelSuitable: state(['VipNode.KernelSuitable']),
  KernelLimits: fault(
    ['VipNode.KernelSuitable'],
    'set by sysctl on the node what the message names: it is shared with others, so Fairlead sets nothing unasked',
  ),
  VipsReached: state(['VipNode.VipsReached']),
  VipBypassed: fault(
    ['VipNode.VipsReached'],
    'keep the CNI’s eBPF service handling and kube-proxy off VIPs: runbook FairleadVipBypassed',
  ),
  VipsUntested: state(
    ['VipNode.VipsReached'],
    'if it stays: let ICMP errors pass between the nodes, and look who holds the VIPs',
  ),
  NoLeader: found('fault', 'look at the pods of Deployment fairlead-controller and at their logs'),
  NodeSilent: found('fault', 'look whether the node runs; its VIPs have moved to other members'),
  Quarantined: found(
    'fault',
    'make sure that the node is off, or that its VIPs are gone from it; then release the address',
  ),
  AddressFree: found('state', 'nothing'),
  AddressOutside: found('refusal', 'add it to a pool, or choose an address of one'),
  Leaving: found('state', 'nothing'),
  ServerDown: found(
    'fault',
    'ask the pod what the check asks it; HAProxy’s words are explained in its manual, “check_status”. ' +
      'Where the pod’s own agent says so (agent-check-port), that knows why',
  ),
  BackupServes: found('fault', 'look why no pod of the Service is ready'),
  NoEndpoints: found('fault', 'look why no pod of the Service is ready'),
  NotFairleads: found('refusal', 'write what the message names, if Fairlead is to serve it'),
  Preparing: found('state', 'nothing'),
  AddressesFree: state(['VipPool.AddressesAvailable']),
  NotReady: fault(
    ['VipPool.Ready'],
    'look whether the pool’s DaemonSet has pods, and at the VipNodes’ Ready conditions',
  ),
  Ready: state(['VipPool.Ready']),
} satisfies Record<ReasonCode, ReasonMeaning>;

function refusal(told: readonly ConditionName[], remedy: string): ReasonMeaning {
  return { kind: 'refusal', told, remedy };
}

function kept(told: readonly ConditionName[], remedy: string): ReasonMeaning {
  return { kind: 'kept', told, remedy };
}

function fault(told: readonly ConditionName[], remedy: string): ReasonMeaning {
  return { kind: 'fault', told, remedy };
}

function found(kind: ReasonKind, remedy: string): ReasonMeaning {
  return { kind, told: [], remedy, isOfCommandLine: true };
}

function state(told: readonly ConditionName[], remedy = 'nothing'): ReasonMeaning {
  return { kind: 'state', told, remedy };
}
