import { serviceConditions } from './names.ts';

/**
 * Every condition Fairlead writes, said once: on which kind it stands, what it claims, and which
 * answer is the good one. Which reasons it may carry is said per reason (reason-meanings.ts).
 */
export const conditions = {
  'Service.Allocated': {
    kind: 'Service',
    type: serviceConditions.allocated,
    good: 'True',
    claims: 'the Service has its addresses',
  },
  'Service.Programmed': {
    kind: 'Service',
    type: serviceConditions.programmed,
    good: 'True',
    claims: 'a node holds the addresses and its HAProxy answers on them',
  },
  'Service.PortsServed': {
    kind: 'Service',
    type: serviceConditions.portsServed,
    good: 'True',
    claims: 'every port of the Service is served',
  },
  'Service.CertificatesReady': {
    kind: 'Service',
    type: serviceConditions.certificatesReady,
    good: 'True',
    claims:
      'every Secret that the Service names for TLS can be read and is in use; absent without TLS',
  },
  'VipPool.Valid': {
    kind: 'VipPool',
    type: 'Valid',
    good: 'True',
    claims: 'the spec can be used; an invalid pool gives nothing new and takes nothing away',
  },
  'VipPool.Ready': {
    kind: 'VipPool',
    type: 'Ready',
    good: 'True',
    claims: 'at least one node serves the pool',
  },
  'VipPool.AddressesAvailable': {
    kind: 'VipPool',
    type: 'AddressesAvailable',
    good: 'True',
    claims: 'every family of the pool has an address to give',
  },
  'VipPool.ReservationsFree': {
    kind: 'VipPool',
    type: 'ReservationsFree',
    good: 'True',
    claims:
      'no reserved address is held by somebody it is not reserved for; absent where nothing is',
  },
  'VipPool.Overlapped': {
    kind: 'VipPool',
    type: 'Overlapped',
    good: 'False',
    claims: 'a younger pool lists addresses of this one; absent while none does',
  },
  'VipPool.ClasslessServices': {
    kind: 'VipPool',
    type: 'ClasslessServices',
    good: 'False',
    claims: 'there are LoadBalancer Services without a class; absent while there are none',
  },
  'Vip.Programmed': {
    kind: 'Vip',
    type: 'Programmed',
    good: 'True',
    claims: 'a node holds the address and answers on it; absent while it is not to be served',
  },
  'Vip.DeletionWaits': {
    kind: 'Vip',
    type: 'DeletionWaits',
    good: 'False',
    claims: 'somebody deleted the Vip while Services have the address; absent otherwise',
  },
  'VrrpInstance.Held': {
    kind: 'VrrpInstance',
    type: 'Held',
    good: 'True',
    claims: 'exactly one node holds the addresses of the instance',
  },
  'VrrpInstance.JoinBlocked': {
    kind: 'VrrpInstance',
    type: 'JoinBlocked',
    good: 'False',
    claims: 'a node waits to join because others do not confirm; absent while none does',
  },
  'VipNode.Ready': {
    kind: 'VipNode',
    type: 'Ready',
    good: 'True',
    claims: 'the data plane of every pool of this node runs and answers',
  },
  'VipNode.KernelSuitable': {
    kind: 'VipNode',
    type: 'KernelSuitable',
    good: 'True',
    claims: 'the node’s kernel settings leave HAProxy ports and queues for a busy day',
  },
  'VipNode.VipsReached': {
    kind: 'VipNode',
    type: 'VipsReached',
    good: 'True',
    claims:
      'connections tried from this node came to the nodes that hold the VIPs; absent without VIPs',
  },
} as const satisfies Record<string, ConditionRow>;

/** One row of the table. */
export type ConditionRow = {
  readonly kind: 'Service' | 'VipPool' | 'VrrpInstance' | 'VipNode' | 'Vip';
  readonly type: string;
  readonly good: 'True' | 'False';
  /** Completes "True means that …". */
  readonly claims: string;
};

/** A condition by kind and name, e.g. `Service.Allocated`. */
export type ConditionName = keyof typeof conditions;
