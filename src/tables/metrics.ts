/**
 * Every metric Fairlead exports, said once: name, help, labels. Labels are bounded: never one per
 * endpoint, but for those that begin with `fairlead_server_`, which /metrics/servers has.
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
  certificateExpiry: {
    name: 'fairlead_certificate_expiry_timestamp_seconds',
    help: 'when the certificate that HAProxy has of a Secret ends, seconds since the epoch',
    labels: ['pool', 'namespace', 'secret'],
  },
  secretsUnusable: {
    name: 'fairlead_secrets_unusable',
    help: 'Secrets that ports want for TLS and that cannot be used, by reason',
    labels: ['pool', 'namespace', 'reason'],
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
  configurationConfirmed: {
    name: 'fairlead_configuration_confirmed_timestamp_seconds',
    help: 'when the daemons were last found to run what is desired, seconds since the epoch',
    labels: ['pool'],
  },
  oldWorkers: {
    name: 'fairlead_haproxy_old_workers',
    help: 'workers of HAProxy that a reload has replaced and that still have connections',
    labels: ['pool'],
  },
  oldConnections: {
    name: 'fairlead_haproxy_old_connections',
    help: 'connections of clients that they carry',
    labels: ['pool'],
  },
  connectionsCut: {
    name: 'fairlead_haproxy_connections_cut_total',
    help: 'connections they had when a bound ended them: `time`, or `reloads` since',
    labels: ['pool', 'reason'],
  },
  filterRestores: {
    name: 'fairlead_packet_filter_restored_total',
    help: 'Times that others had removed, emptied or replaced the table of nftables of a pool',
    labels: ['pool'],
  },
  vipTests: {
    name: 'fairlead_vip_tests_total',
    help: 'Connections that this node tried to open to VIPs, by who answered',
    labels: ['pool', 'result'],
  },
  vipsBypassed: {
    name: 'fairlead_vips_bypassed',
    help: 'Ports of VIPs that, tried from this node, something else than their holder answers',
    labels: ['pool'],
  },
  haproxyConnections: {
    name: 'fairlead_haproxy_connections',
    help: 'connections of clients that HAProxy has open',
    labels: ['pool'],
  },
  haproxyConnectionsMax: {
    name: 'fairlead_haproxy_connections_max',
    help: 'connections it takes at most; further ones wait in the kernel',
    labels: ['pool'],
  },
  haproxyThreads: { name: 'fairlead_haproxy_threads', help: 'threads it runs', labels: ['pool'] },
  haproxyDescriptors: {
    name: 'fairlead_haproxy_descriptors',
    help: 'file descriptors it may need: for connections, servers, ports',
    labels: ['pool'],
  },
  haproxyDescriptorsMax: {
    name: 'fairlead_haproxy_descriptors_max',
    help: 'file descriptors that its container may have',
    labels: ['pool'],
  },
  nodeTimeWaitReuse: {
    name: 'fairlead_node_tcp_tw_reuse',
    help: 'net.ipv4.tcp_tw_reuse of the node; with 1 source ports to a pod do not run out',
    labels: [],
  },
  nodeLocalPorts: {
    name: 'fairlead_node_local_ports',
    help: 'ports of net.ipv4.ip_local_port_range: connections at a time to one port of a pod',
    labels: [],
  },
  nodeListenBacklog: {
    name: 'fairlead_node_listen_backlog_max',
    help: 'net.core.somaxconn: connections of a port that wait to be accepted',
    labels: [],
  },
  nodeSynBacklog: {
    name: 'fairlead_node_syn_backlog_max',
    help: 'net.ipv4.tcp_max_syn_backlog: connections of a port that are half open',
    labels: [],
  },
  serviceConnections: {
    name: 'fairlead_service_connections_total',
    help: 'Connections of clients to a port of a Service on this node, since the last reload',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceOpenConnections: {
    name: 'fairlead_service_open_connections',
    help: 'Connections of clients that are open now',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceReceivedBytes: {
    name: 'fairlead_service_received_bytes_total',
    help: 'Bytes that clients sent',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceSentBytes: {
    name: 'fairlead_service_sent_bytes_total',
    help: 'Bytes that clients were sent',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceDeniedConnections: {
    name: 'fairlead_service_denied_connections_total',
    help: 'Connections that were closed at once: source ranges, limits, nobody to serve',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceRequests: {
    name: 'fairlead_service_requests_total',
    help: 'requests of clients, in HTTP mode',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceDeniedRequests: {
    name: 'fairlead_service_denied_requests_total',
    help: 'requests refused by a limit of the Service, in HTTP mode',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceServerErrors: {
    name: 'fairlead_service_server_error_responses_total',
    help: 'answers of 500 to 599, of the pods or for them, in HTTP mode',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceResponseSeconds: {
    name: 'fairlead_service_response_seconds',
    help: 'mean time to an answer over the last 1,024 of the slowest address, in HTTP mode',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceQueuedConnections: {
    name: 'fairlead_service_queued_connections',
    help: 'Connections that wait for a server with room',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceFailedConnections: {
    name: 'fairlead_service_failed_connections_total',
    help: 'Connections to servers that could not be opened',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceRetries: {
    name: 'fairlead_service_retries_total',
    help: 'Connections to servers that were tried again',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceRedispatches: {
    name: 'fairlead_service_redispatches_total',
    help: 'Connections that went to another server instead',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceServersUp: {
    name: 'fairlead_service_servers_up',
    help: 'Servers that pass their checks from this node, without those of a backup Service',
    labels: ['pool', 'namespace', 'service', 'port'],
  },
  serviceFlows: {
    name: 'fairlead_service_flows_total',
    help: 'New flows of UDP or SCTP that were sent to a pod, since the agent started',
    labels: ['pool', 'namespace', 'service', 'port', 'protocol'],
  },
  serviceFlowPackets: {
    name: 'fairlead_service_flow_packets_total',
    help: 'Packets of UDP or SCTP that clients sent and that were let in; answers are not counted',
    labels: ['pool', 'namespace', 'service', 'port', 'protocol'],
  },
  serviceFlowBytes: {
    name: 'fairlead_service_flow_bytes_total',
    help: 'Bytes of these packets, with their headers from IP on',
    labels: ['pool', 'namespace', 'service', 'port', 'protocol'],
  },
  serviceDeniedPackets: {
    name: 'fairlead_service_denied_packets_total',
    help: 'Packets of UDP or SCTP that were refused: source ranges, nobody to serve',
    labels: ['pool', 'namespace', 'service', 'port', 'protocol'],
  },
  serverUp: {
    name: 'fairlead_server_up',
    help: '1 while the server passes its checks from this node (at /metrics/servers, as all of these)',
    labels: ['pool', 'namespace', 'service', 'port', 'server'],
  },
  serverOpenConnections: {
    name: 'fairlead_server_open_connections',
    help: 'Connections to the server that are open now',
    labels: ['pool', 'namespace', 'service', 'port', 'server'],
  },
  serverConnections: {
    name: 'fairlead_server_connections_total',
    help: 'Connections, in HTTP mode requests, that it was given',
    labels: ['pool', 'namespace', 'service', 'port', 'server'],
  },
  serverReceivedBytes: {
    name: 'fairlead_server_received_bytes_total',
    help: 'Bytes that it was sent',
    labels: ['pool', 'namespace', 'service', 'port', 'server'],
  },
  serverSentBytes: {
    name: 'fairlead_server_sent_bytes_total',
    help: 'Bytes that it answered',
    labels: ['pool', 'namespace', 'service', 'port', 'server'],
  },
  serverFailedConnections: {
    name: 'fairlead_server_failed_connections_total',
    help: 'Connections to it that could not be opened',
    labels: ['pool', 'namespace', 'service', 'port', 'server'],
  },
  serverErrors: {
    name: 'fairlead_server_error_responses_total',
    help: 'its answers of 500 to 599, in HTTP mode',
    labels: ['pool', 'namespace', 'service', 'port', 'server'],
  },
  serverQueuedConnections: {
    name: 'fairlead_server_queued_connections',
    help: 'Connections that wait for this server',
    labels: ['pool', 'namespace', 'service', 'port', 'server'],
  },
  serverFailedChecks: {
    name: 'fairlead_server_failed_checks_total',
    help: 'Health checks of this node that it failed',
    labels: ['pool', 'namespace', 'service', 'port', 'server'],
  },
  serverResponseSeconds: {
    name: 'fairlead_server_response_seconds',
    help: 'mean time to its answer over the last 1,024, in HTTP mode',
    labels: ['pool', 'namespace', 'service', 'port', 'server'],
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
