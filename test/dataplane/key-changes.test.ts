// Keys and CAs that change while HAProxy runs, and who still comes in then, with the real HAProxy.
import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { KeyFile } from '../../src/apply/key-files.ts';
import type { Frontend } from '../../src/desired/desired-node.ts';
import { type KeyName, keyFile } from '../../src/tables/key-file.ts';
import { Authority } from '../lab/certificates.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { writePodCertificate } from './pod-certificate.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const key = (kind: KeyName['kind'], secret: string): KeyName => {
  return { kind, namespace: 'shop', secret };
};
const shop = key('certificate', 'shop');
const clients = key('authority', 'clients');
const podsCa = key('authority', 'pods');
const served = /HTTP\/1\.1 200 /;
const resumed = /Reused, TLSv/;
/** As often as a Service may have HAProxy loaded anew within two minutes. */
const loadsMax = 12;
const certificateChanged = `KeyChanged ${keyFile(shop)}`;

suite('keys that change', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let one: Authority;
  let two: Authority;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    one = new Authority('one');
    two = new Authority('two');
    writePodCertificate(rig, one, ['web.shop.svc']);
    const program = join(import.meta.dirname, 'web-pods.ts');
    rig.start(rig.client, process.execPath, program, 'http', rig.directory, '9001');
    rig.start(rig.client, process.execPath, program, 'tls', rig.directory, '9002');
    agent = await rig.serve(node);
  });
  after(() => {
    rig.close();
    for (const authority of [one, two]) authority[Symbol.dispose]();
  });

  const https = (more: Partial<Frontend> = {}): Frontend => ({
    ...frontend(443, [server('10.99.0.1', 9001)]),
    ...{ http: { serverProtocol: 'HTTP1' }, tls: { certificates: [shop] } },
    ...more,
  });
  const strict = https({ tls: { certificates: [shop], clientAuthority: clients } });
  const renewed = (from: Authority): KeyFile => {
    const { certificate, key: secret } = from.issue(['shop.test']);
    return { kind: 'certificate', file: keyFile(shop), text: certificate + secret };
  };
  const ca = (name: KeyName, from: Authority): KeyFile => {
    return { kind: 'authority', file: keyFile(name), text: from.certificate };
  };
  const apply = (frontends: readonly Frontend[], ...keys: KeyFile[]) =>
    agent.apply(desiredFor(node, rig.nodes, frontends), keys);

  /** What a request of its own connection comes to, with what openssl says of the handshake. */
  function openssl(port: number, ...words: string[]): string {
    const request = 'GET /a HTTP/1.1\\r\\nHost: shop.test\\r\\nConnection: close\\r\\n\\r\\n';
    const to = `-connect ${vip4}:${port} -servername shop.test -ign_eof`;
    const ask = `timeout 5 openssl s_client ${to} ${words.join(' ')} 2>&1`;
    return rig.run(rig.client, 'sh', '-c', `printf '${request}' | ${ask}; exit 0`);
  }
  /** The certificate that a port shows. */
  function shown(port: number): string {
    return /-----BEGIN CERTIFICATE-----.*?-----END/s.exec(openssl(port))?.[0] ?? '';
  }
  function issuer(): string {
    return /issuer=CN ?= ?(\w+)/.exec(openssl(443))?.[1] ?? '';
  }
  /** Words for a client with a certificate of its own. */
  function client(name: string, from: Authority): string {
    const { certificate, key: secret } = from.issue([name]);
    writeFileSync(join(rig.directory, `${name}.pem`), certificate + secret);
    return `-cert ${rig.directory}/${name}.pem`;
  }

  test('a session of one whose CA was taken away lets nobody in', async () => {
    const certificate = renewed(one);
    await apply([strict], certificate, ca(clients, one));
    const own = client('alice', one);
    await until('she is served', () => served.test(openssl(443, own)));
    const session = (how: string) => join(rig.directory, `session${how}`);
    const again = (how: string) => (existsSync(session(how)) ? `-sess_in ${session(how)}` : '');
    for (const how of ['-tls1_2', '-tls1_3']) {
      rmSync(session(how), { force: true });
      assert.match(openssl(443, how, own, `-sess_out ${session(how)}`), served, how);
      const heard = openssl(443, how, own, again(how));
      assert.match(heard, served, how);
      assert.doesNotMatch(heard, resumed, how);
    }
    const { reloads } = await apply([strict], certificate, ca(clients, two));
    assert.deepEqual(reloads, []);
    for (const how of ['-tls1_2', '-tls1_3']) {
      const heard = openssl(443, how, own, again(how));
      assert.doesNotMatch(heard, resumed, how);
      assert.doesNotMatch(heard, served, how);
    }
  });

  test('a CA, a certificate and a CA again: each counts, after one reload at the most', async () => {
    const open = { ...https(), service: 'other/web', port: 444, name: `other_web_444_${vip4}` };
    const give = async (certificate: KeyFile, from: Authority) => {
      const { keyRefusals, reloads } = await apply([strict, open], certificate, ca(clients, from));
      assert.deepEqual(keyRefusals, {});
      return reloads;
    };
    const own = client('alice', one);
    const stranger = client('mallory', two);
    const [first, second] = [renewed(one), renewed(one)];
    await give(first, one);
    await until('she is served', () => served.test(openssl(443, own)));
    const before = shown(444);
    assert.deepEqual(await give(first, two), []);
    assert.match(openssl(443, stranger), served);
    // To this HAProxy says Success, and the port with the CA would have the old one for ever.
    assert.deepEqual(await give(second, two), [[certificateChanged]]);
    await until('both ports have it', () =>
      [443, 444].every((port) => !['', before].includes(shown(port))),
    );
    assert.deepEqual(await give(second, one), []);
    assert.match(openssl(443, own), served);
    assert.doesNotMatch(openssl(443, stranger), served);
  });

  test('another CA for the pods counts for those that serve already, by one reload', async () => {
    const verified = https({
      servers: [server('10.99.0.1', 9002)],
      serverTls: { authority: podsCa, name: 'web.shop.svc' },
    });
    const certificate = renewed(one);
    await apply([verified], certificate, ca(podsCa, one));
    await until('it serves', () => served.test(openssl(443)));
    const { reloads } = await apply([verified], certificate, ca(podsCa, two));
    assert.deepEqual(reloads, [[`KeyChanged ${keyFile(podsCa)}`]]);
    await until('another CA is refused', () => !served.test(openssl(443)));
  });

  test('who changes them too often waits, is told so, and no agent forgets it', async () => {
    agent.child.kill('SIGKILL');
    agent = await rig.agent(node, { changes: 'usual' });
    const [even, odd] = [one, two];
    const another = (round: number) => {
      const from = round % 2 === 0 ? even : odd;
      return [renewed(from), ca(clients, from)];
    };
    const name = (round: number) => (round % 2 === 0 ? 'one' : 'two');
    let round = 0;
    let keys = another(round);
    let outcome = await apply([strict], ...keys);
    let { length: loads } = outcome.reloads;
    const waits = () => Object.keys(outcome.keyRefusals);
    while (waits().length === 0 && round < 3 * loadsMax) {
      await until(`round ${round}`, () => issuer() === name(round));
      round += 1;
      keys = another(round);
      outcome = await apply([strict], ...keys);
      loads += outcome.reloads.length;
    }
    assert.equal(loads, loadsMax);
    assert.deepEqual(waits(), [keyFile(shop)]);
    assert.match(outcome.keyRefusals[keyFile(shop)] ?? '', /only when it is loaded anew/);
    assert.match(outcome.refusals[0]?.sentence ?? '', /changed 12 times/);
    assert.equal(issuer(), name(round - 1), 'the one before is in use');
    // The next agent finds the text of the Secret in the file, and has counted no reload.
    agent.child.kill('SIGKILL');
    agent = await rig.agent(node, { changes: 'usual' });
    const { keyRefusals, reloads } = await apply([strict], ...keys);
    assert.deepEqual([keyRefusals, reloads], [{}, [[certificateChanged]]]);
    await until('it is in use', () => issuer() === name(round));
  });
});
