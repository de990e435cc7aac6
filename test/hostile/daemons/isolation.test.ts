// A Service that HAProxy refuses costs nobody but itself anything, and itself only its change. No
// parser lets such a state through as far as we know: it is made here, past the parsers, and stands
// for what we did not think of.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, suite, test } from 'node:test';
import type { KeyFile } from '../../../src/apply/key-files.ts';
import type { PoolOutcome } from '../../../src/apply/pool-data-plane.ts';
import type { Frontend } from '../../../src/desired/desired-node.ts';
import { type KeyName, keyFile } from '../../../src/tables/key-file.ts';
import type { Agent } from '../../dataplane/agent-process.ts';
import { desiredFor, frontend, server, vip4 } from '../../dataplane/desired.ts';
import { missing, Rig, type RigNode } from '../../dataplane/rig.ts';
import { until } from '../../dataplane/wait.ts';
import { Authority } from '../../lab/certificates.ts';

const skip = missing() ?? false;
const [first, second] = [server('10.99.0.1', 9001), server('10.99.0.1', 9002)];

/** Two ways in which HAProxy refuses a frontend, and what it says of each. */
const refused = {
  network: (of: Frontend, length = 99): Frontend => ({ ...of, sources: [`10.99.0.0/${length}`] }),
  status: (of: Frontend): Frontend => ({
    ...of,
    settings: { 'health-check': 'HTTP', 'health-check-status': 'nonsense' },
  }),
} as const;

suite('one refused, nobody else harmed', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  const web = frontend(80, [first], 'web');
  const apply = (frontends: readonly Frontend[], keys?: readonly KeyFile[]) =>
    agent.apply(desiredFor(node, rig.nodes, frontends), keys);
  const configuration = () => rig.file(node, 'run/edge/haproxy/haproxy.cfg');

  /** What a pod behind a port of the VIP says; '' when nobody answers. */
  const ask = (port: number): string => {
    const words = `exec 3<>/dev/tcp/${vip4}/${port}; timeout 2 cat <&3`;
    try {
      return rig.run(rig.client, 'bash', '-c', words).trim();
    } catch {
      return '';
    }
  };

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    rig.pods(9001, 9002);
    agent = await rig.serve(node);
    await apply([web]);
    await until('the VIP is held', () => rig.holders(vip4).length === 1);
  });
  after(() => rig.close());
  beforeEach(async () => {
    await apply([web], []);
  });

  test('two are refused and keep what they had, a third one changes in the same run', async () => {
    const [one, two, three] = [named(81), named(82), named(83)];
    await apply([web, one, two, three]);
    await until('all serve', () => [80, 81, 82, 83].every((port) => ask(port) === '9001'));
    const changed = { ...three, servers: [second] };
    const added = frontend(84, [second], 's83');
    const outcome = await apply([web, refused.network(one), refused.status(two), changed, added]);
    assert.deepEqual(namesOf(outcome), ['shop/s81', 'shop/s82']);
    assert.match(sentenceOf(outcome, 'shop/s81'), /'10\.99\.0\.0\/99' is not a valid IPv4/);
    assert.match(sentenceOf(outcome, 'shop/s82'), /'http-check expect' : invalid character 'n'/);
    assert.equal(outcome.haproxyApplied, true);
    await until('the third has what it asked for', () => ask(83) === '9002' && ask(84) === '9002');
    assert.deepEqual(
      [80, 81, 82].map((port) => ask(port)),
      ['9001', '9001', '9001'],
    );
    assert.doesNotMatch(configuration(), /\/99|nonsense/);
    const healed = await apply([web, { ...one, sources: ['10.99.0.0/24'] }, two, changed, added]);
    assert.deepEqual(namesOf(healed), []);
    assert.match(configuration(), /acl allowed_source src 10\.99\.0\.0\/24/);
    assert.equal(ask(81), '9001');
  });

  test('a refused Service hears HAProxy’s sentence about itself and nothing of others', async () => {
    const [one, two] = [named(81), named(82)];
    const outcome = await apply([web, refused.network(one), refused.network(two, 88)]);
    assert.deepEqual(namesOf(outcome), ['shop/s81', 'shop/s82']);
    assert.match(sentenceOf(outcome, 'shop/s81'), /^(?!.*\/88).*\/99/s);
    assert.match(sentenceOf(outcome, 'shop/s82'), /^(?!.*\/99).*\/88/s);
  });

  test('a new Service that is refused is left out and named', async () => {
    const outcome = await apply([web, refused.network(frontend(85, [first], 'new'))]);
    assert.deepEqual(namesOf(outcome), ['shop/new']);
    assert.equal(outcome.haproxyApplied, true);
    assert.equal(ask(85), '');
  });

  test('a Service about which HAProxy only warns is not blamed for another’s refusal', async () => {
    // Behind a proxy, HAProxy has a remark about the order of rules; its line comes first.
    const noted = {
      ...frontend(81, [first], 'behind'),
      proxies: ['192.0.2.0/24'],
      sources: ['10.99.0.0/24'],
    };
    await apply([web, noted]);
    await until('it serves', () => ask(81) === '9001');
    const outcome = await apply([web, noted, refused.network(frontend(82, [first], 'zwrong'))]);
    assert.deepEqual(namesOf(outcome), ['shop/zwrong']);
    assert.equal(outcome.haproxyApplied, true);
    assert.equal(ask(81), '9001');
  });

  test('many warnings of one Service do not hide who is refused', async () => {
    const noted = Array.from({ length: 30 }, (_, index) => ({
      ...frontend(8100 + index, [first], 'behind'),
      ...{ proxies: ['192.0.2.0/24'], sources: ['10.99.0.0/24'] },
    }));
    await apply([web, ...noted]);
    const wrong = refused.network(frontend(82, [first], 'zwrong'));
    const outcome = await apply([web, ...noted, wrong, frontend(86, [second], 'zz')]);
    assert.deepEqual(namesOf(outcome), ['shop/zwrong']);
    assert.equal(outcome.haproxyApplied, true);
    await until('the newcomer serves', () => ask(86) === '9002', 5);
  });

  test('of many that are refused at once nobody else has to wait', async () => {
    const wrong = Array.from({ length: 40 }, (_, index) =>
      refused.network(frontend(8200 + index, [first], `wrong${index}`)),
    );
    const outcome = await apply([web, ...wrong, frontend(86, [second], 'zz')]);
    assert.equal(outcome.refusals.length, wrong.length);
    assert.equal(outcome.haproxyApplied, true);
    await until('the newcomer serves', () => ask(86) === '9002', 2);
  });

  test('the key of what a refused Service had stays, so that HAProxy can start again', async () => {
    using authority = new Authority();
    const key = (secret: string): KeyName => ({ kind: 'certificate', namespace: 'shop', secret });
    const file = (name: KeyName): KeyFile => {
      const { certificate, key: secret } = authority.issue([name.secret]);
      return { kind: 'certificate', file: keyFile(name), text: certificate + secret };
    };
    const [old, young] = [key('old'), key('young')];
    const [oldFile, youngFile] = [file(old), file(young)];
    const before = { ...frontend(8443, [first], 'tls'), tls: { certificates: [old] } };
    await apply([web, before], [oldFile]);
    const wrong = refused.network({ ...before, tls: { certificates: [young] } });
    const outcome = await apply([web, wrong], [youngFile]);
    assert.deepEqual(namesOf(outcome), ['shop/tls']);
    const again = await apply([web, wrong], [youngFile]);
    assert.equal(again.haproxyApplied, true);
    const files = configuration().match(/crt \S+/g) ?? [];
    assert.deepEqual(files, ['crt /run/fairlead/edge/haproxy/keys/tls_shop_old.pem']);
    const path = join('run/edge/haproxy/keys', keyFile(old));
    assert.notEqual(rig.file(node, path), '', 'the configuration names a key that is gone');
  });
});

/** A Service of its own, called after its port. */
function named(port: number): Frontend {
  return frontend(port, [first], `s${port}`);
}

function namesOf({ refusals }: PoolOutcome): string[] {
  return refusals.map(({ service }) => service).toSorted();
}

function sentenceOf({ refusals }: PoolOutcome, service: string): string {
  return refusals.find((refusal) => refusal.service === service)?.sentence ?? '';
}
