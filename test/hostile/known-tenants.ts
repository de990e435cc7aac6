import type { Json } from './hostile-service.ts';
import type { Tenant } from './hostile-tenant.ts';

/** Annotations, spec and what else a known input is about; the rest is as plain as can be. */
type Given = {
  readonly metadata?: Json;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Json;
  readonly policy?: Json;
  readonly pod?: string;
};

/**
 * Inputs that once got through to a daemon that refused them, or made a parser or a renderer throw,
 * and so kept everybody's change from the node; each with what was wrong.
 */
export const knownTenants: Readonly<Record<string, Tenant>> = {
  // The words of the text were split at every space, and an empty word is refused.
  'two spaces in error-text': aTenant({
    metadata: { name: 'spaces' },
    annotations: {
      'fairlead.dev/protocol': 'HTTP',
      'fairlead.dev/error-text': 'Back at 6.  Sorry',
    },
  }),
  'a space at the end of a policy’s errorText': aTenant({
    metadata: { name: 'space' },
    annotations: { 'fairlead.dev/protocol': 'HTTP' },
    policy: { errorText: 'Back at 6. ' },
  }),
  // HAProxy: "invalid range of status codes".
  'a range of statuses from its upper end': aTenant({
    metadata: { name: 'statuses' },
    annotations: {
      'fairlead.dev/health-check': 'HTTP',
      'fairlead.dev/health-check-status': '599-200',
    },
  }),
  // String() throws for an object whose toString is no function.
  'a policy of which nobody can make a text': aTenant({
    metadata: { name: 'policy' },
    policy: { errorText: { toString: 1, valueOf: 1 }, balance: ['First'] },
  }),
  // No API server lets these through; a word of a configuration refused them, by an exception.
  'a line end in the name': aTenant({ metadata: { name: 'web\n  server evil 10.0.0.1:80' } }),
  'a path in the namespace': aTenant({
    metadata: { namespace: '../../etc' },
    annotations: { 'fairlead.dev/tls-secrets': 'passwd', 'fairlead.dev/tls-ports': '80' },
  }),
  'a name that is made like a frontend’s': aTenant({
    metadata: { namespace: 'good_web', name: '80_10.40.0.10' },
  }),
  // HAProxy and nft refuse two of one name, and a port that is none.
  'one port twice, and ports that are none': aTenant({
    spec: {
      ports: [80, 80, 0, -1, 65_536, 1.5, '80'].flatMap((port) => [
        { name: 'a', protocol: 'TCP', port },
        { name: 'b', protocol: 'UDP', port },
      ]),
    },
  }),
};

/**
 * Two Services whose frontends have names of one digest: textDigest is no cryptographic one, and
 * they were found in a minute. nft's chains were named by it, and it refused the whole table. They
 * are so on port 53 of 10.41.0.2 and 10.41.0.3, which the first and the second tenant have.
 */
export const oneDigest: readonly Tenant[] = ['s0pwtljsdrqftg', 'sjavr15ptgxfho'].map(
  (name, index) =>
    aTenant({
      metadata: { namespace: 'evil', name },
      pod: `10.1.0.${index + 7}`,
      spec: { ports: [{ name: 'a', protocol: 'UDP', port: 53 }] },
    }),
);

const longestName = `a${'-a'.repeat(31)}`;
const longestSecret = (number: number) => `${'s'.repeat(118)}${number + 10}`;
const manyNetworks = (count: number) =>
  Array.from({ length: count }, (_, n) => `10.${Math.floor(n / 256)}.${n % 256}.0/24`);

/** Everything at its longest, all of it allowed: lines of thousands of characters. */
export const longestTenant: Tenant = aTenant({
  metadata: { namespace: longestName, name: longestName },
  annotations: {
    'fairlead.dev/protocol': 'HTTP',
    'fairlead.dev/tls-secrets': Array.from({ length: 16 }, (_, n) => longestSecret(n)).join(','),
    'fairlead.dev/tls-ports': '80',
    'fairlead.dev/tls-client-ca': longestSecret(0),
    'fairlead.dev/server-tls': 'Verified',
    'fairlead.dev/server-tls-ca': longestSecret(1),
    'fairlead.dev/server-tls-name': 'h'.repeat(253),
    'fairlead.dev/health-check': 'HTTP',
    'fairlead.dev/health-check-path': `/${'p'.repeat(254)}`,
    'fairlead.dev/health-check-host': 'h'.repeat(253),
    'fairlead.dev/health-check-port': '65535',
    'fairlead.dev/health-check-interval-seconds': '300',
    'fairlead.dev/balance': 'SourceHash',
    'fairlead.dev/proxy-protocol': 'V2',
    'fairlead.dev/slow-start-seconds': '3600',
    'fairlead.dev/session-cookie': 'C'.repeat(64),
    'fairlead.dev/error-text': 'e'.repeat(200),
    'fairlead.dev/compression': 'Enabled',
    'fairlead.dev/hsts-seconds': '94608000',
    'fairlead.dev/idle-timeout-seconds': '604800',
    'fairlead.dev/max-request-bytes': '999999999',
    'fairlead.dev/max-connections-per-server': '100000',
    'fairlead.dev/max-connections': '1000000',
    'fairlead.dev/connections-per-second': '1000000',
    'fairlead.dev/max-connections-per-client': '100000',
    'fairlead.dev/connections-per-second-per-client': '100000',
    'fairlead.dev/requests-per-second-per-client': '100000',
    'fairlead.dev/denied-source-ranges': manyNetworks(32).join(','),
    'fairlead.dev/proxy-protocol-from': manyNetworks(32).join(','),
  },
  spec: {
    ports: [{ name: 'a', protocol: 'TCP', port: 80, appProtocol: 'kubernetes.io/h2c' }],
    sessionAffinity: 'ClientIP',
    loadBalancerSourceRanges: manyNetworks(1_000),
  },
});

function aTenant({ metadata, annotations = {}, spec, policy, pod = '10.1.0.7' }: Given): Tenant {
  const named = { namespace: 'other', name: 'web', ...metadata };
  const asked = policy === undefined ? {} : { 'fairlead.dev/policy': 'mine' };
  const slice = {
    metadata: {
      ...{ namespace: named.namespace, name: 'slice' },
      labels: { 'kubernetes.io/service-name': named.name },
    },
    addressType: 'IPv4',
    ports: ['TCP', 'UDP'].map((protocol) => ({ name: 'a', protocol, port: 8080 })),
    endpoints: [{ addresses: [pod] }],
  };
  return {
    service: {
      metadata: { ...named, annotations: { ...annotations, ...asked } },
      spec: {
        ...{ type: 'LoadBalancer', loadBalancerClass: 'fairlead.dev/vip' },
        ports: [{ name: 'a', protocol: 'TCP', port: 80 }],
        ...spec,
      },
    },
    slices: [slice],
    policies:
      policy === undefined
        ? []
        : [{ metadata: { namespace: named.namespace, name: 'mine' }, spec: policy }],
    families: ['IPv4'],
    isMoving: false,
  };
}
