// Blesses the goldens of test/cases: the image's own daemons accept what the renderers write.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { keysOf } from '../../src/render/wanted-keys.ts';
import { desiredOf } from '../cases/case-cluster.ts';
import { bless, objectCases, rendered } from '../cases/golden.ts';
import { Authority } from '../lab/certificates.ts';
import { missing, Rig, type RigNode } from './rig.ts';

const checks = {
  haproxy: ['haproxy', '-c', '-f'],
  keepalived: ['keepalived', '-t', '-f'],
  nft: ['nft', '-c', '-f'],
} as const;

const cases = objectCases().map((of) => ({ ...of, desired: desiredOf(of.objects) }));

suite('the daemons accept', { skip: missing() ?? false }, () => {
  let rig: Rig;
  let node: RigNode;
  before(() => {
    rig = new Rig(1);
    node = rig.node('n1');
    using authority = new Authority();
    const { certificate, key } = authority.issue(['shop.example.com']);
    const keys = join(node.directory, 'run/edge/haproxy/keys');
    mkdirSync(keys, { recursive: true });
    const frontends = cases.flatMap(({ desired }) => desired.haproxy.frontends);
    for (const { kind, file } of keysOf(frontends)) {
      const text = kind === 'certificate' ? certificate + key : authority.certificate;
      writeFileSync(join(keys, file), text);
    }
  });
  after(() => rig.close());

  for (const of of cases) {
    test(of.name, async () => {
      const texts = rendered(of.desired);
      for (const [file, command] of Object.entries(checks)) {
        const text = texts[file as keyof typeof texts];
        const { status, output } = await rig.inImage(
          node,
          [...command, '/run/fairlead/golden'],
          text,
        );
        assert.equal(status, 0, `${file}: ${output}`);
      }
      if (process.env['FAIRLEAD_BLESS'] === '1') bless(of);
    });
  }

  test('and refuse what is wrong', async () => {
    const wrong = ['haproxy', '-c', '-f', '/run/fairlead/golden'];
    const { status } = await rig.inImage(node, wrong, 'frontend a\n  bind nonsense:80\n');
    assert.notEqual(status, 0);
  });
});
