// What the renderers write for many hostile Services at once, given to the image's own daemons:
// they take every line of it.
//
//   FAIRLEAD_IMAGE_ROOT=… FAIRLEAD_SEED=7 npx node --test test/hostile/daemons/accepted.test.ts
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { culprit } from '../../../src/apply/culprit.ts';
import { keysOf } from '../../../src/render/wanted-keys.ts';
import { missing, Rig, type RigNode } from '../../dataplane/rig.ts';
import { Authority, type Certificate } from '../../lab/certificates.ts';
import { Random } from '../../run/random.ts';
import { seeds } from '../../run/seeds.ts';
import { hostileCluster } from '../hostile-cluster.ts';
import { hostileTenant, type Tenant } from '../hostile-tenant.ts';
import { knownTenants, longestTenant, oneDigest } from '../known-tenants.ts';
import { type Served, served } from '../served.ts';

const skip = missing() ?? false;

/** One configuration of so many Services; a long run makes many such. */
const servicesABatch = 400;
const batches = seeds.isLong ? 25 : 1;

const checks = {
  haproxy: ['haproxy', '-c', '-f'],
  keepalived: ['keepalived', '-t', '-f'],
  nft: ['nft', '-c', '-f'],
} as const;

/** The tidy ones come furthest: every combination of what is allowed. */
const tenant: fc.Arbitrary<Tenant> = fc.oneof(
  { weight: 6, arbitrary: hostileTenant('tidy') },
  { weight: 3, arbitrary: hostileTenant('lawful') },
  { weight: 1, arbitrary: hostileTenant('lawless') },
);

suite('the daemons accept whatever tenants come to', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let authority: Authority;
  let certificate: Certificate;
  const warnings: string[] = [];
  before(() => {
    rig = new Rig(1);
    node = rig.node('n1');
    authority = new Authority();
    certificate = authority.issue(['shop.example.com']);
  });
  after(() => {
    authority[Symbol.dispose]();
    rig.close();
  });

  /** Every key that is wanted is there: whose is nobody's business here. */
  const writeKeys = ({ desired }: Served) => {
    const keys = join(node.directory, 'run/edge/haproxy/keys');
    mkdirSync(keys, { recursive: true });
    for (const { kind, file } of keysOf(desired.haproxy.frontends)) {
      const text = certificate.certificate + certificate.key;
      writeFileSync(join(keys, file), kind === 'certificate' ? text : authority.certificate);
    }
  };

  const judge = async (tenants: readonly Tenant[]): Promise<Served> => {
    const crowd = served(hostileCluster(tenants));
    writeKeys(crowd);
    for (const [file, command] of Object.entries(checks)) {
      const text = crowd.texts[file as keyof typeof checks];
      const { status, output } = await rig.inImage(
        node,
        [...command, '/run/fairlead/golden'],
        text,
      );
      const guilty =
        status === 0 ? undefined : culprit(output, text, crowd.desired.haproxy.frontends);
      const raw = tenants.find(({ service: { metadata } }) => keyOf(metadata) === guilty?.service);
      assert.equal(status, 0, `${file}: ${output}\n${JSON.stringify(raw, undefined, 2)}`);
      warnings.push(...output.split('\n').filter((line) => line.startsWith('[WARNING]')));
    }
    return crowd;
  };

  test('what was wrong once, and everything at its longest', async () => {
    const { desired } = await judge([...Object.values(knownTenants), longestTenant]);
    assert.ok(desired.haproxy.frontends.length > 8);
  });

  test('two names of one digest', async () => {
    await judge(oneDigest);
  });

  const random = new Random(seeds.seed);
  for (let batch = 1; batch <= batches; batch += 1) {
    const seed = random.below(2 ** 31);
    test(`batch ${batch}, seed ${seed}`, { timeout: 120_000 }, async (t) => {
      const { desired } = await judge(fc.sample(tenant, { seed, numRuns: servicesABatch }));
      const { haproxy, flows } = desired;
      const counts = `${haproxy.frontends.length} frontends, ${flows.length} of UDP or SCTP`;
      t.diagnostic(`${servicesABatch} Services: ${counts}`);
    });
  }

  test('and have no remark about any of it', () => {
    assert.deepEqual(warnings, []);
  });
});

function keyOf(metadata: Tenant['service']['metadata']): string {
  return `${metadata['namespace']}/${metadata['name']}`;
}
