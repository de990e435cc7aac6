// Whatever tenants write: the way from what the API server hands out to the texts and commands for
// the daemons. Each run is a cluster of some tenants beside one good Service.
//
//   FAIRLEAD_SEED=7:9000 npx node --test test/hostile/rendering.test.ts
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns, seeds } from '../run/seeds.ts';
import { hostileFields } from './hostile-settings.ts';
import { anyTenant } from './hostile-tenant.ts';
import { judgeAll } from './judges.ts';
import { knownTenants, longestTenant, oneDigest } from './known-tenants.ts';

/** A long run is not bounded in time: ten thousand Services and more are drawn. */
const longRuns = 5_000;
const runsMin = seeds.isLong ? Math.max(longRuns, seeds.runsMin) : seeds.runsMin;
const parameters = propertyRuns(import.meta.filename, 200, { ...seeds, isLong: false, runsMin });

test('no tenant gets out of his own words, or changes what the good Service has', (t) => {
  let services = 0;
  let frontends = 0;
  const tenants = fc.array(anyTenant, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(tenants, fc.option(hostileFields('lawless'), { freq: 3 }), (all, defaults) => {
      const { desired } = judgeAll(all, defaults ?? {});
      services += all.length;
      frontends += desired.haproxy.frontends.filter(({ service }) => service !== 'good/web').length;
    }),
    parameters,
  );
  t.diagnostic(`${services} Services of tenants came to ${frontends} frontends`);
});

for (const [name, tenant] of Object.entries(knownTenants)) {
  test(`known: ${name}`, () => {
    judgeAll([tenant]);
  });
}

test('known: two names of one digest', () => {
  judgeAll(oneDigest);
});

test('known: a pool whose default is to verify pods never has them unverified', () => {
  const { texts } = judgeAll([], { serverTls: 'Verified' });
  assert.doesNotMatch(texts.haproxy, /ssl verify none/);
});

test('everything at its longest is served', () => {
  const { desired } = judgeAll([longestTenant]);
  const own = desired.haproxy.frontends.filter(({ service }) => service !== 'good/web');
  assert.equal(own.length, 1);
});
