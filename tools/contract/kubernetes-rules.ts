import type { RuleChapter } from './rule.ts';

/**
 * R1–R91: what Kubernetes asks of a LoadBalancer implementation. Numbers are never re-used; a new
 * rule gets the next one.
 */
export const kubernetesRules: readonly RuleChapter[] = [
  {
    title: 'Ownership and class',
    rules: {
      R1: 'A Service is ours by class, or without one if we are the default; all others are untouched',
      R2: 'A class changes only by way of another type; seeing just the end of that is enough to clean up',
      R3: 'The upstream test suite sets no class, so the default-class switch exists',
      R4: 'spec.externalIPs is neither published nor bound',
      R5: 'The outcome depends on present objects only: missed, repeated and coalesced events do not matter',
    },
  },
  {
    title: 'Finalizers and lifecycle',
    rules: {
      R6: 'Finalizers stand before an address is given or a status written',
      R7: 'Deletion: withdraw and confirm, release, then let go; NotFound later is success',
      R8: 'A finalizer of our own beside the well-known one, which others remove',
      R9: 'Another type: as at deletion, and the Service lives on with an empty status',
      R10: 'Services that changed their type while nobody watched are cleaned; the well-known finalizer alone proves nothing',
      R11: 'A namesake with another UID inherits nothing',
      R12: 'Foreign finalizers stay; ours change under a resourceVersion',
      R13: 'A namespace deletes in bounded time, also with a dead node',
      R14: 'Uninstall leaves no finalizer behind',
      R15: 'A finalizer removed by hand comes back; a Service that vanished is cleaned up anyway',
    },
  },
  {
    title: 'When to reconcile',
    rules: {
      R16: 'Every field that decides something causes a reconcile',
      R17: 'A change that decides nothing causes no write, no event, no reload',
      R18: 'Failures come back ever later, up to a bound; "not yet" is something else',
      R19: 'A periodic full pass heals what events did not tell',
      R20: 'A change of ports never changes the address',
    },
  },
  {
    title: 'Status',
    rules: {
      R21: 'Each ingress has ip, ipMode: Proxy and ports, in the order of spec.ipFamilies',
      R22: 'ipMode stands only beside an ip; the API server makes a missing one VIP',
      R23: 'ipMode is read back; an API server that drops it is told about, not written to for ever',
      R24: 'All ports of the Service are listed; one that is not served has an error',
      R25: 'A port that cannot be served costs the others nothing',
      R26: 'The API server refuses status on another type: taken as news, not as an alarm',
      R27: 'An address is published after a node has it programmed and holds it',
      R28: 'A lost data plane never removes the address; a condition and an event tell',
      R29: 'What others wrote in status stays: only owned fields are applied',
      R30: 'Addresses are written in their canonical form',
      R31: 'Services have no useful generation; observedGeneration stands on our kinds only',
    },
  },
  {
    title: 'Addresses',
    rules: {
      R32: 'spec.loadBalancerIP is a request like the annotation, never answered with another address',
      R33: 'Requests are not trusted: what was granted stands in status',
      R34: 'One VIP a family; the second comes and goes without touching the first',
      R35: 'RequireDualStack is published when both answer; PreferDualStack says when it is partial',
      R36: 'Nobody shares by accident; an exhausted pool is said, and who waits is served when it frees',
      R37: 'Two leaders cannot give one address twice: a create is the lock',
    },
  },
  {
    title: 'Ports and protocols',
    rules: {
      R38: 'What the API server guarantees of ports and cluster IPs',
      R39: 'One number for TCP and UDP in one Service is legal',
      R40: 'UDP and SCTP are served; a node that cannot says so and serves the rest',
      R41: 'Adding or removing a port breaks no connection on another one',
      R42: 'Ports that something else on a node has are found and said port by port',
      R43: 'appProtocol is a hint and breaks nothing',
    },
  },
  {
    title: 'Traffic policies, health check port, source address',
    rules: {
      R44: 'externalTrafficPolicy: Cluster spreads over all usable endpoints',
      R45: 'externalTrafficPolicy: Local still reaches endpoints of all nodes',
      R46: 'Under Local the client’s real address is an opt-in, and an event says so',
      R47: 'Nothing of ours binds the health check node port',
      R48: 'internalTrafficPolicy changes nothing',
      R49: 'Clients inside the cluster reach the VIP through HAProxy, from pods and hosts',
      R50: 'allocateLoadBalancerNodePorts: false works, and switching it changes no address',
    },
  },
  {
    title: 'Affinity and balancing',
    rules: {
      R51: 'sessionAffinity: ClientIP sends a client to one endpoint, over reloads and failover',
      R52: 'Switching affinity on and off takes effect within seconds',
      R53: 'Without affinity the connections of one client spread',
      R54: 'A client whose endpoint is gone moves to another',
    },
  },
  {
    title: 'loadBalancerSourceRanges',
    rules: {
      R55: 'Source ranges are enforced on the VIP, for TCP and UDP',
      R56: 'Padding is legal; an empty list opens; a zero-length prefix is all of its family',
      R57: 'Only ranges of the other family: closed for this one',
      R58: 'The annotation counts when the field is empty',
      R59: 'Clearing the list opens again; updates break no allowed connection',
      R60: 'Ranges are matched against the source HAProxy sees; node ports are not protected',
    },
  },
  {
    title: 'EndpointSlices',
    rules: {
      R61: 'Slices are found by their label, never by name, owner or manager',
      R62: 'All slices of a Service are joined, with different ports too',
      R63: 'One address and port is one server, usable if any copy of it is',
      R64: 'IPv4 and IPv6 slices only, and the first address of an endpoint',
      R65: 'Ports are matched by name and protocol; the number is the slice’s',
      R66: 'Missing conditions read as ready, serving, not terminating',
      R67: 'Ready endpoints; if none, terminating ones that serve; else none',
      R68: 'ready is trusted: publishNotReadyAddresses is in it already',
      R69: 'A terminating endpoint gets no new connection and finishes what it has',
      R70: 'Without an endpoint the port refuses and speaks no HTTP; the first endpoint opens it',
      R71: 'Services without a selector, and endpoints without node or pod, work',
      R72: 'Endpoint changes reach HAProxy at once and without a reload; bench/ measures how fast',
      R73: 'Topology hints count when every ready endpoint has one; who is further stands by',
      R74: 'Slices of a deleted namesake count only while they exist',
      R75: 'Endpoints v1 is not watched',
      R76: 'UDP flows to an endpoint that left are cut at once',
    },
  },
  {
    title: 'Nodes',
    rules: {
      R77: 'Nodes with the exclude label carry no VIP; "false" does not count',
      R78: 'The exclude label takes no endpoint away',
      R79: 'Nodes that are being deleted hand their VIPs over first',
      R80: 'NotReady and cordon alone move nothing',
      R81: 'No node can carry the address: said, and tried again',
      R82: 'Nodes that come, go or change reconcile all they affect',
    },
  },
  {
    title: 'Events and runtime',
    rules: {
      R83: 'Events have the words of Kubernetes where it has some; steady state makes none',
      R84: 'Leadership by Lease, judged by our own sight; who lost it writes nothing',
      R85: 'Watches never stop for good and are never silent without notice',
      R86: 'Every write survives 409, 404, 422, 429 and 5xx',
      R87: 'Server-side apply under a stable manager, owned fields only, with the UID',
      R88: 'For Services the status subresource takes finalizers too; for our kinds it takes status only',
      R89: 'No write before all caches have synced',
      R90: 'With the operator away the data plane serves on; its return moves and reloads nothing',
      R91: 'Metrics say latency, errors, pools, holders and generations',
    },
  },
];
