/**
 * Every metric Fairlead exports, said once: name, help, labels. Labels are bounded: never one per
 * endpoint.
 */
export const metrics = {
  reconcileSeconds: {
    name: 'fairlead_reconcile_seconds',
    help: 'Duration of one reconcile of everything',
    labels: [],
  },
  reconcileErrors: {
    name: 'fairlead_reconcile_errors_total',
    help: 'Reconciles that ended in an error',
    labels: [],
  },
  apiRequests: {
    name: 'fairlead_api_requests_total',
    help: 'Requests to the Kubernetes API',
    labels: ['verb', 'resource', 'code'],
  },
  pendingWrites: {
    name: 'fairlead_pending_writes',
    help: 'Writes that the last reconcile found to do and has not done',
    labels: [],
  },
  leader: { name: 'fairlead_leader', help: '1 while this controller is the leader', labels: [] },
  poolAddresses: {
    name: 'fairlead_pool_addresses',
    help: 'Addresses of a pool by family and use',
    labels: ['pool', 'family', 'use'],
  },
  waitingServices: {
    name: 'fairlead_waiting_services',
    help: 'Services without an address, by reason',
    labels: ['reason'],
  },
  synced: { name: 'fairlead_synced', help: '1 when every watch has synced', labels: [] },
  haproxyReloads: {
    name: 'fairlead_haproxy_reloads_total',
    help: 'HAProxy reloads by pool and reason code',
    labels: ['pool', 'reason'],
  },
  instanceHeld: {
    name: 'fairlead_vrrp_instance_held',
    help: '1 while this node holds the VRRP instance',
    labels: ['pool', 'instance'],
  },
  poolReady: {
    name: 'fairlead_pool_ready',
    help: '1 while HAProxy answers and keepalived runs on this node',
    labels: ['pool'],
  },
  frontends: {
    name: 'fairlead_frontends',
    help: 'Frontends served on this node',
    labels: ['pool'],
  },
  portConflicts: {
    name: 'fairlead_port_conflicts',
    help: 'Frontends left out because another process has the port',
    labels: ['pool'],
  },
  configurationRefused: {
    name: 'fairlead_configuration_refused',
    help: 'Services whose configuration the daemon refused',
    labels: ['pool'],
  },
  eventLoopDelaySeconds: {
    name: 'fairlead_event_loop_delay_seconds',
    help: 'Largest event-loop delay since the last scrape',
    labels: [],
  },
} as const satisfies Record<string, MetricRow>;

/** One row of the table. */
export type MetricRow = {
  readonly name: `fairlead_${string}`;
  readonly help: string;
  readonly labels: readonly string[];
};
