import fc from 'fast-check';
import { network } from './hostile-networks.ts';
import { hostileAnnotations } from './hostile-settings.ts';
import { checked, field, free, type Manner } from './hostile-text.ts';

/** JSON as it comes over the wire. */
export type Json = Readonly<Record<string, unknown>>;

/** A label of DNS: letters, digits and dashes, 63 at most. */
export const label = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[a-z]([a-z0-9-]{0,12}[a-z0-9])?$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z]([a-z0-9-]{61}[a-z0-9])$/) },
  // Words of the languages that we write, and parts of the names that we make.
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'server',
      'backend',
      'global',
      'default',
      'if',
      'unless',
      'elements',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('good', 'web', 'pool', 'clients', 'x-10-40-0-10', 'xn--a'),
  },
);

/** Namespace and name of a Service. */
export type Named = { readonly namespace: string; readonly name: string };

/** Names, with those that would be another's if they were put together without care. */
export function hostileName(manner: Manner): fc.Arbitrary<Named> {
  const any = fc.record({ namespace: checked(manner, label), name: checked(manner, label) });
  if (manner !== 'lawless') return any;
  const borrowed: readonly Named[] = [
    { namespace: 'good_web', name: '80_10.40.0.10' },
    { namespace: 'good', name: 'web_80_10.40.0.10' },
    { namespace: '', name: 'good/web' },
    { namespace: 'good/web', name: '' },
    { namespace: '..', name: '..' },
    { namespace: 'good', name: '../web' },
  ];
  return fc.oneof(
    { weight: 12, arbitrary: any },
    { weight: 1, arbitrary: fc.constantFrom(...borrowed) },
  );
}

/** A Service of our class as the API server, or worse, would hand it out; without its names. */
export function hostileService(
  manner: Manner,
): fc.Arbitrary<{ readonly annotations: unknown; readonly spec: Json }> {
  const one = <T>(valid: fc.Arbitrary<T>) => field(manner, valid);
  const spec = fc.record(
    {
      ports: one(ports(manner)),
      loadBalancerSourceRanges: one(fc.array(free(manner, network), { maxLength: 3 })),
      sessionAffinity: one(checked(manner, fc.constantFrom('None', 'ClientIP'))),
      sessionAffinityConfig: one(
        fc.record({
          clientIP: fc.record({ timeoutSeconds: number(manner, { min: 1, max: 86_400 }) }),
        }),
      ),
      externalTrafficPolicy: one(checked(manner, fc.constantFrom('Cluster', 'Local'))),
      ipFamilyPolicy: one(checked(manner, fc.constantFrom('SingleStack', 'PreferDualStack'))),
      loadBalancerIP: one(free(manner, fc.constantFrom('', '10.40.0.30'))),
    },
    { requiredKeys: ['ports'] },
  );
  return fc
    .record({ spec, annotations: one(hostileAnnotations(manner)) })
    .map(({ spec: own, annotations }) => ({
      annotations,
      spec: { type: 'LoadBalancer', loadBalancerClass: 'fairlead.dev/vip', ...own },
    }));
}

/** A whole number between bounds, or, without a law, any other. */
export function number(
  manner: Manner,
  { min, max }: { readonly min: number; readonly max: number },
): fc.Arbitrary<unknown> {
  const valid = fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
  if (manner !== 'lawless') return valid;
  const wrong = fc.constantFrom<unknown>(
    ...[0, -1, min - 1, max + 1, 1.5, 1e21, 2 ** 53, String(min), null, '80\n', [min]],
  );
  return fc.oneof({ weight: 8, arbitrary: valid }, { weight: 1, arbitrary: wrong });
}

function ports(manner: Manner): fc.Arbitrary<readonly Json[]> {
  const common = fc.constantFrom(80, 443, 8443, 53);
  const port = fc.record(
    {
      name: checked(manner, fc.constantFrom('', 'http', 'dns', 'a')),
      protocol: checked(manner, fc.constantFrom('TCP', 'TCP', 'TCP', 'UDP', 'SCTP')),
      port: fc.oneof(
        { weight: 4, arbitrary: common },
        { weight: 1, arbitrary: number(manner, { min: 1, max: 65_535 }) },
      ),
      targetPort: free(manner, fc.constantFrom('http', '8080')),
      appProtocol: free(manner, appProtocol),
    },
    { requiredKeys: ['name', 'port', 'protocol'] },
  );
  // The API server wants each pair of protocol and number once.
  const selector = (one: Json) => `${one['protocol']} ${one['port']}`;
  if (manner === 'lawless') return fc.array(port, { maxLength: 4 });
  return fc.uniqueArray(port, { minLength: 1, maxLength: 4, selector });
}

const appProtocol = fc.constantFrom(
  ...[
    'http',
    'https',
    'kubernetes.io/h2c',
    'kubernetes.io/ws',
    'kubernetes.io/wss',
    'example.com/x',
  ],
);
