/** Names that Kubernetes objects and people see, said once (design.md section 7). */
export const apiGroup = 'fairlead.dev';
export const apiVersion = 'fairlead.dev/v1alpha1';

/** The class of Services that are ours (k8s-requirements.md R1). */
export const loadBalancerClass = 'fairlead.dev/vip';

/**
 * Both stand on every Service we hold an address for (R8): the first is asserted by upstream tests,
 * the second is ours alone.
 */
export const serviceFinalizers = [
  'fairlead.dev/vip-cleanup',
  'service.kubernetes.io/load-balancer-cleanup',
] as const;
export const ownServiceFinalizer = 'fairlead.dev/vip-cleanup';

/** Stands on a Vip while it is held: one deleted by hand comes back (allocation.md A65). */
export const vipFinalizer = 'fairlead.dev/vip-held';

/** Stands on a VipPool while an address of it is held (A48, C22). */
export const poolFinalizer = 'fairlead.dev/pool-in-use';

export const annotations = {
  policy: 'fairlead.dev/policy',
  pool: 'fairlead.dev/pool',
  addresses: 'fairlead.dev/ip-addresses',
  sharingKey: 'fairlead.dev/sharing-key',
  retainSeconds: 'fairlead.dev/retain-seconds',
  /** Stranded addresses that the Service's owner wants to leave (A48). */
  reassign: 'fairlead.dev/reassign',
  /** The annotation form of spec.loadBalancerSourceRanges (R58). */
  sourceRanges: 'service.beta.kubernetes.io/load-balancer-source-ranges',
} as const;

/**
 * The life of an allocated address (A17, A48, A57, A61, A64). Held and Stranded are served; the
 * others only keep the address from anybody else.
 */
export const vipPhases = [
  'Held',
  'Stranded',
  'Releasing',
  'Cooling',
  'Retained',
  'Quarantined',
] as const;

/** Protocols of Service ports (R38); where none is said, it is the first. */
export const protocols = ['TCP', 'UDP', 'SCTP'] as const;

/** Nodes with this label carry no VIP (R77); the value "false" does not count. */
export const excludeNodeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** What zone a node is in. */
export const zoneLabel = 'topology.kubernetes.io/zone';

/** Conditions on a Service. */
export const serviceConditions = {
  allocated: 'fairlead.dev/Allocated',
  programmed: 'fairlead.dev/Programmed',
  portsServed: 'fairlead.dev/PortsServed',
  certificatesReady: 'fairlead.dev/CertificatesReady',
} as const;

/** Field managers: one per writer (R87). */
export const fieldManagers = {
  serviceStatus: 'fairlead-service-status',
  poolStatus: 'fairlead-pool-status',
  vipStatus: 'fairlead-vip-status',
  instanceStatus: 'fairlead-instance-status',
  daemonSets: 'fairlead-daemonsets',
  agent: 'fairlead-agent',
} as const;

/** ClusterRole by which agents read Secrets, in the namespaces that bind it. */
export const tlsReaderRole = 'fairlead-tls-reader';

/** Namespace of the agents where nobody says another. */
export const agentsNamespaceDefault = 'fairlead-nodes';

/** ServiceAccount of the agents. */
export const agentAccount = 'fairlead-agent';

/** Role of the agents' namespace by which people read what their nodes carry. */
export const trafficViewerRole = 'fairlead-traffic-viewer';
