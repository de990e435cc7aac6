import fc from 'fast-check';
import type { Pool, Service } from '../../src/model/objects.ts';
import { aPool, aService, aSnapshot } from './cluster.ts';

/** A pool of few addresses, of which another one may have some as well. */
export const anyPool = (index: number) =>
  fc
    .record({
      start: fc.integer({ min: 0, max: 12 }),
      count: fc.integer({ min: 1, max: 4 }),
      isDual: fc.boolean(),
      priority: fc.integer({ min: 0, max: 2 }),
      isForShop: fc.boolean(),
      isOnRequest: fc.boolean(),
      isBroken: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      reserved: fc.option(fc.integer({ min: 0, max: 16 }), { freq: 2 }),
      quota: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 2 }),
      maxRetainSeconds: fc.constantFrom(0, 0, 3600),
    })
    .map((of): Pool => {
      const v4 = `10.40.0.${of.start}-10.40.0.${of.start + of.count}`;
      const hex = (value: number) => `2001:db8:40::${value.toString(16)}`;
      const v6 = `${hex(of.start)}-${hex(of.start + of.count)}`;
      const shop = { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } };
      const spec = {
        priority: of.priority,
        assignment: of.isOnRequest ? 'OnRequest' : 'Automatic',
        namespaceSelector: of.isForShop ? shop : {},
        maxRetainSeconds: of.maxRetainSeconds,
        ...(of.reserved !== null && {
          reservations: [{ addresses: [`10.40.0.${of.reserved}`], namespace: 'shop' }],
        }),
        ...(of.quota !== null && {
          quotas: [{ namespaceSelector: {}, maxAddresses: of.quota }],
        }),
      };
      const addresses = [v4, ...(of.isDual ? [v6] : []), ...(of.isBroken ? ['nonsense'] : [])];
      return aPool(`pool-${index}`, addresses, { spec, ageSeconds: 1000 - index });
    });

/** A Service with or without wishes; its name is `s` and the number. */
export const anyService = (index: number) =>
  fc
    .record({
      namespace: fc.constantFrom('shop', 'blog'),
      families: fc.constantFrom(['IPv4'], ['IPv6'], ['IPv4', 'IPv6'], ['IPv6', 'IPv4']),
      policy: fc.constantFrom('PreferDualStack', 'RequireDualStack'),
      ageSeconds: fc.integer({ min: 0, max: 5 }),
      wish: fc.option(fc.integer({ min: 0, max: 18 }), { freq: 4 }),
      claim: fc.option(fc.integer({ min: 0, max: 18 }), { freq: 3 }),
      key: fc.option(fc.constantFrom('k1', 'k2'), { freq: 1 }),
      port: fc.constantFrom(80, 81, 82),
      retain: fc.constantFrom(0, 0, 600),
    })
    .map((of): Service => {
      const isSingle = of.families.length === 1;
      const wishes = of.wish !== null && of.families.join() === 'IPv4';
      return aService(`${of.namespace}/s${index}`, {
        families: of.families,
        ageSeconds: of.ageSeconds,
        spec: {
          ipFamilyPolicy: isSingle ? 'SingleStack' : of.policy,
          ports: [{ name: '', protocol: 'TCP', port: of.port }],
        },
        annotations: {
          ...(wishes && { 'fairlead.dev/ip-addresses': `10.40.0.${of.wish}` }),
          ...(of.key !== null && { 'fairlead.dev/sharing-key': of.key }),
          ...(of.retain > 0 && { 'fairlead.dev/retain-seconds': String(of.retain) }),
        },
        ...(of.claim !== null && { ingress: [`10.40.0.${of.claim}`] }),
      });
    });

const upTo = <T>(max: number, make: (index: number) => fc.Arbitrary<T>) =>
  fc
    .integer({ min: 0, max })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => make(index))));

/** A cluster in which nothing has been given yet. */
export const anyCluster = fc
  .record({ pools: upTo(3, anyPool), services: upTo(8, anyService) })
  .map((given) => aSnapshot(given));
