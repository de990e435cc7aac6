import type { SettingRow } from './setting-row.ts';

/** The name of a Service: a DNS label (KEP-5311 allows a digit first). */
const serviceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Which of the servers get how much. */
export const shareSettings = {
  topology: {
    kind: 'choice',
    values: ['Preferred', 'Ignored'],
    default: 'Preferred',
    isOfEveryPort: true,
    means:
      'Whether the hints count that Kubernetes puts on endpoints where spec.trafficDistribution is ' +
      'PreferSameNode, PreferSameZone or PreferClose. Preferred: servers near the node that holds the ' +
      'address serve, the others when none of those can. All clients come by that one node, so its ' +
      'zone’s pods must be able to carry them; Ignored shares out evenly, and still lets clients ' +
      'inside the cluster prefer what is near them.',
    example: 'Ignored',
  },
  'canary-service': {
    kind: 'word',
    pattern: serviceName,
    shape: 'the name of a Service of the same namespace',
    leftOut: 'none',
    isOwn: true,
    means:
      'Another Service, of any type, whose pods get canary-percent of the new connections on TCP ' +
      'of the same name; two Services with one port without a name each have those in common. Its pods ' +
      'are spoken to and checked as the Service’s own. A pod that both Services select is the ' +
      'Service’s own. Meanwhile topology does not count. Nobody gets a share where agent-check-port ' +
      'is set.',
    example: 'shop-next',
  },
  'canary-percent': {
    kind: 'count',
    unit: 'percent',
    min: 0,
    max: 100,
    default: 0,
    isOwn: true,
    means:
      'What part of the new connections, with session affinity of the new clients, goes to the pods of ' +
      'canary-service, whatever the numbers of pods are. It takes weights, which First does not know ' +
      'and which with agent-check-port each pod says itself; with that the Service’s own pods serve ' +
      'alone. It changes without a reload, but for steps to and from 100, which cost one; 100 leaves ' +
      'the Service’s own pods standing by.',
    example: '5',
  },
  'backup-service': {
    kind: 'word',
    pattern: serviceName,
    shape: 'the name of a Service of the same namespace',
    leftOut: 'none: without a healthy pod connections are refused',
    isOwn: true,
    isOfEveryPort: true,
    means:
      'Another Service, of any type, whose pods serve only while no pod of the Service can, on ports ' +
      'of the same name as with canary-service: a maintenance page, a second site. No client is ' +
      'remembered there. With UDP it is asked what Kubernetes calls ready, for nobody checks.',
    example: 'shop-closed',
  },
} as const satisfies Readonly<Record<string, SettingRow>>;
