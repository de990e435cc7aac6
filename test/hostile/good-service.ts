import { serviceFinalizers } from '../../src/tables/names.ts';
import type { Json } from './hostile-service.ts';

/** The Service that must come out unharmed, whatever the others do: a bit of everything. */
export const goodService = {
  metadata: {
    namespace: 'good',
    name: 'web',
    uid: 'uid-good',
    finalizers: serviceFinalizers,
    annotations: {
      'fairlead.dev/tls-secrets': 'web-tls',
      'fairlead.dev/session-cookie': 'WEB',
      'fairlead.dev/health-check': 'HTTP',
      'fairlead.dev/health-check-path': '/healthz',
      'fairlead.dev/max-connections-per-client': '50',
      'fairlead.dev/denied-source-ranges': '198.51.100.0/24,2001:db8:66::/48',
    },
  },
  spec: {
    type: 'LoadBalancer',
    loadBalancerClass: 'fairlead.dev/vip',
    clusterIPs: ['10.96.0.10', 'fd00:96::a'],
    ipFamilies: ['IPv4', 'IPv6'],
    ipFamilyPolicy: 'RequireDualStack',
    sessionAffinity: 'ClientIP',
    loadBalancerSourceRanges: ['10.0.0.0/8', '192.0.2.0/24', '2001:db8::/32'],
    ports: [
      { name: 'http', protocol: 'TCP', port: 80, appProtocol: 'http' },
      { name: 'https', protocol: 'TCP', port: 443, appProtocol: 'https' },
      { name: 'raw', protocol: 'TCP', port: 9000 },
      { name: 'dns', protocol: 'UDP', port: 53 },
    ],
  },
} as const;

/** Two pods of each family. */
export const goodSlices: readonly Json[] = [
  slice('IPv4', ['10.2.0.7', '10.2.1.8']),
  slice('IPv6', ['fd00:10:2::7', 'fd00:10:2::8']),
];

/** Where it is served. */
export const goodAddresses = { IPv4: '10.40.0.10', IPv6: '2001:db8:40::10' } as const;

function slice(addressType: string, addresses: readonly string[]): Json {
  return {
    metadata: {
      namespace: 'good',
      name: `web-${addressType}`,
      labels: { 'kubernetes.io/service-name': 'web' },
    },
    addressType,
    ports: [
      { name: 'http', port: 8080 },
      { name: 'https', port: 8080 },
      { name: 'raw', port: 9000 },
      { name: 'dns', protocol: 'UDP', port: 5353 },
    ],
    endpoints: addresses.map((address, index) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: `node-${index + 1}`,
    })),
  };
}
