// TLS on one node, with the real HAProxy, curl and openssl.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { HaproxySocket } from '../../src/apply/haproxy-socket.ts';
import type { KeyFile } from '../../src/apply/key-files.ts';
import type { Frontend } from '../../src/desired/desired-node.ts';
import { nodeRoots } from '../../src/render/pool-paths.ts';
import { type KeyName, keyFile } from '../../src/tables/key-file.ts';
import { Authority, type Certificate } from '../lab/certificates.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { writePodCertificate } from './pod-certificate.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const pod = server('10.99.0.1', 9001);
const tlsPod = server('10.99.0.1', 9002);

const key = (kind: KeyName['kind'], secret: string): KeyName => {
  return { kind, namespace: 'shop', secret };
};
const shop = key('certificate', 'shop');
const blog = key('certificate', 'blog');
const clients = key('authority', 'clients');
const partners = key('authority', 'partners');
const podsCa = key('authority', 'pods');
const served = /HTTP\/1\.1 200 /;
const resumed = /Reused, TLSv/;

suite('TLS on one node', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let authority: Authority;
  let strangers: Authority;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    authority = new Authority();
    strangers = new Authority('strangers');
    const program = join(import.meta.dirname, 'web-pods.ts');
    writePodCertificate(rig, authority, ['web.shop.svc']);
    writeFileSync(join(rig.directory, 'ca.crt'), authority.certificate);
    rig.start(rig.client, process.execPath, program, 'http', rig.directory, '9001');
    rig.start(rig.client, process.execPath, program, 'tls', rig.directory, '9002');
    agent = await rig.serve(node);
  });
  after(() => {
    rig.close();
    authority[Symbol.dispose]();
    strangers[Symbol.dispose]();
  });

  const https = (more: Partial<Frontend> = {}): Frontend => ({
    ...frontend(443, [pod]),
    ...{ http: { serverProtocol: 'HTTP1' }, tls: { certificates: [shop, blog] } },
    ...more,
  });
  const file = (name: KeyName, { certificate, key: secret }: Certificate): KeyFile => {
    return { kind: 'certificate', file: keyFile(name), text: certificate + secret };
  };
  const ca = (name: KeyName, from: Authority): KeyFile => {
    return { kind: 'authority', file: keyFile(name), text: from.certificate };
  };
  const apply = (frontends: readonly Frontend[], keys?: readonly KeyFile[]) =>
    agent.apply(desiredFor(node, rig.nodes, frontends), keys);

  /** What curl says; '' when it was refused. The name is asked for by SNI. */
  function curl(url: string, ...words: string[]): string {
    const { hostname, port } = new URL(url);
    const to = `${hostname}:${port || (url.startsWith('https') ? 443 : 80)}:${vip4}`;
    const common = ['--silent', '--max-time', '5', '--cacert', join(rig.directory, 'ca.crt')];
    try {
      return rig.run(rig.client, 'curl', ...common, '--resolve', to, ...words, url);
    } catch {
      return '';
    }
  }

  /** Asks one after the other, each by a connection of its own. */
  async function askOften(url: string, times: number) {
    const to = `${new URL(url).hostname}:443:${vip4}`;
    const once = `curl -s -m 5 -o /dev/null -w '%{http_code} ' --cacert ${rig.directory}/ca.crt`;
    const loop = `for n in $(seq ${times}); do ${once} --resolve ${to} ${url}; done`;
    const child = spawn('ip', ['netns', 'exec', rig.client, 'sh', '-c', loop]);
    const codes: Buffer[] = [];
    child.stdout.on('data', (code: Buffer) => codes.push(code));
    await new Promise((resolve) => child.once('close', resolve));
    const all = Buffer.concat(codes).toString().trim().split(' ');
    const answered = all.filter((code) => code === '200').length;
    return { answered, failed: all.length - answered };
  }

  /** The serial number of the certificate that a name gets. */
  function serialOf(name: string): string {
    const ask = `echo | openssl s_client -connect ${vip4}:443 -servername ${name} 2>/dev/null`;
    try {
      const command = `${ask} | openssl x509 -noout -serial -subject`;
      return rig.run(rig.client, 'sh', '-c', command).trim();
    } catch {
      return '';
    }
  }

  test('each name gets its certificate, a stranger the first one; HTTP/2 is offered', async () => {
    const keys = [
      file(shop, authority.issue(['shop.test'])),
      file(blog, authority.issue(['blog.test'])),
    ];
    const { steps } = await apply([https()], keys);
    for (const { step, ok, detail } of steps) assert.ok(ok, `${step.kind}: ${detail}`);
    await until('the VIP answers', () => curl('https://shop.test/a') !== '');
    const heard = JSON.parse(curl('https://blog.test/a')) as { headers: Record<string, string> };
    assert.equal(heard.headers['x-forwarded-proto'], 'https');
    assert.equal(heard.headers['x-forwarded-port'], '443');
    assert.equal(heard.headers['x-forwarded-for'], '10.99.0.1');
    assert.equal(curl('https://other.test/a'), '', 'the first one is not for that name');
    assert.match(serialOf('other.test'), /CN ?= ?shop\.test/);
    const version = curl(
      'https://shop.test/',
      '--output',
      '/dev/null',
      '--write-out',
      '%{http_version}',
    );
    assert.equal(version, '2');
  });

  test('keys lie in memory only, readable by their owner alone, and outlive no want', async () => {
    const folder = join(node.directory, 'run/edge/haproxy/keys');
    assert.deepEqual(readdirSync(folder), ['tls_shop_blog.pem', 'tls_shop_shop.pem']);
    for (const name of readdirSync(folder)) {
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    }
    // Nobody reads a Secret that no frontend names, so its text does not come again.
    await apply(
      [https({ tls: { certificates: [shop] } })],
      [file(shop, authority.issue(['shop.test']))],
    );
    assert.deepEqual(readdirSync(folder), ['tls_shop_shop.pem']);
    const kept = rig.run(node.namespace, 'cat', join(node.directory, 'keep/edge/haproxy.cfg'));
    assert.doesNotMatch(kept, /keys/);
    assert.equal(existsSync(join(node.directory, 'keep/edge/keys')), false);
  });

  test('a renewed certificate is taken without a reload and without a failed request', async () => {
    const both = [
      file(shop, authority.issue(['shop.test'])),
      file(blog, authority.issue(['blog.test'])),
    ];
    await apply([https()], both);
    await until('it serves', () => curl('https://blog.test/') !== '');
    const before = serialOf('blog.test');
    const load = askOften('https://blog.test/', 60);
    for (let times = 0; times < 4; times += 1) {
      const renewed = file(blog, authority.issue(['blog.test']));
      const { reloads, steps } = await apply([https()], [both[0] as KeyFile, renewed]);
      assert.deepEqual(reloads, []);
      assert.deepEqual(
        steps.map(({ step, ok }) => [step.kind, ok]),
        [['install-key', true]],
      );
    }
    assert.deepEqual(await load, { answered: 60, failed: 0 });
    assert.notEqual(serialOf('blog.test'), before);
    assert.match(serialOf('blog.test'), /blog\.test/);
    // The file says the same: another reload changes nothing.
    const after = serialOf('blog.test');
    await apply([https(), frontend(81, [pod])]);
    assert.equal(serialOf('blog.test'), after);
  });

  test('what HAProxy does not take is said, and the key before it stays', async () => {
    const good = authority.issue(['shop.test']);
    await apply([https({ tls: { certificates: [shop] } })], [file(shop, good)]);
    const before = serialOf('shop.test');
    const broken = { ...good, key: authority.issue(['other.test']).key };
    const outcome = await apply([https({ tls: { certificates: [shop] } })], [file(shop, broken)]);
    assert.match(outcome.keyRefusals[keyFile(shop)] ?? '', /key/i);
    assert.equal(serialOf('shop.test'), before);
    assert.deepEqual((await apply([https({ tls: { certificates: [shop] } })])).steps, [], 'once');
    const mended = await apply([https({ tls: { certificates: [shop] } })], [file(shop, good)]);
    assert.deepEqual(mended.keyRefusals, {});
  });

  for (const [when, silent] of [
    ['', []],
    [' while a server is awaited', [server('10.99.0.77', 9001)]],
  ] as const) {
    test(`what stands in the way of a new key passes${when}, and nobody has to ask again`, async () => {
      const only = https({ tls: { certificates: [shop] } });
      await apply([only], [file(shop, authority.issue(['shop.test']))]);
      await until('it serves', () => curl('https://shop.test/') !== '');
      const before = serialOf('shop.test');
      const inTheWay = `${keyFile(shop)}.candidate.writing`;
      const path = join(node.directory, 'run/edge/haproxy/keys', inTheWay);
      mkdirSync(path);
      const renewed = file(shop, authority.issue(['shop.test']));
      const outcome = await apply([{ ...only, servers: [pod, ...silent] }], [renewed]);
      rmdirSync(path);
      assert.match(outcome.keyRefusals[keyFile(shop)] ?? '', /EISDIR/);
      const last = () => Object.keys(agent.outcomes.at(-1)?.keyRefusals ?? {});
      await until('it is said', () => last().length === 0);
      assert.notEqual(serialOf('shop.test'), before);
    });
  }

  test('a change of keys that somebody began and did not end holds up nobody', async () => {
    const both = () =>
      [shop, blog].map((name) => file(name, authority.issue([`${name.secret}.test`])));
    const [first, second, third] = [both(), both(), both()];
    await apply([https({ tls: { certificates: [shop, blog] } })], first);
    await until('it serves', () => curl('https://blog.test/') !== '');
    const before = serialOf('blog.test');
    // As an agent leaves it that dies between the two commands.
    const path = join(nodeRoots.run, 'edge/haproxy/keys', keyFile(shop));
    const socket = new HaproxySocket(join(node.directory, 'run/edge/haproxy/cli.sock'));
    const begun = await socket.ask(`set ssl cert ${path} <<\n${second[0]?.text}`);
    assert.match(begun, /^Transaction created/);
    const outcome = await apply([https()], [first[0] as KeyFile, third[1] as KeyFile]);
    assert.deepEqual([outcome.keyRefusals, outcome.reloads], [{}, []]);
    assert.notEqual(serialOf('blog.test'), before);
    assert.match(serialOf('blog.test'), /blog\.test/);
    assert.match(await socket.ask(`commit ssl cert ${path}`), /No ongoing transaction/);
  });

  test('a port whose key is not there is closed, and its neighbours serve', async () => {
    const unknown = key('certificate', 'nobody');
    const closed = { ...https({ tls: { certificates: [unknown] } }), service: 'shop/other' };
    const outcome = await apply(
      [{ ...closed, port: 444, name: `shop_other_444_${vip4}` }, https()],
      [file(shop, authority.issue(['shop.test']))],
    );
    assert.deepEqual(outcome.refusals, []);
    await until('the neighbour serves', () => curl('https://shop.test/') !== '');
    assert.equal(curl('https://shop.test:444/'), '');
  });

  test('client certificates: required, and the pod hears the subject', async () => {
    const own = authority.issue(['alice']);
    const stranger = strangers.issue(['mallory']);
    for (const [name, of] of Object.entries({ own, stranger })) {
      writeFileSync(join(rig.directory, `${name}.pem`), of.certificate + of.key);
    }
    const strict = https({ tls: { certificates: [shop], clientAuthority: clients } });
    const keys = [file(shop, authority.issue(['shop.test'])), ca(clients, authority)];
    assert.deepEqual((await apply([strict], keys)).keyRefusals, {});
    const as = (name: string) => ['--cert', join(rig.directory, `${name}.pem`)];
    await until('it serves', () => curl('https://shop.test/', ...as('own')) !== '');
    const heard = curl('https://shop.test/', ...as('own'), '-H', 'X-SSL-Client-Subject: CN=root');
    assert.match(heard, /"x-ssl-client-subject":"CN=alice"/);
    assert.equal(curl('https://shop.test/'), '');
    assert.equal(curl('https://shop.test/', ...as('stranger')), '');
    const settings = { 'tls-client-ca': 'clients' };
    const plain = { ...frontend(80, [pod]), http: { serverProtocol: 'HTTP1' }, settings } as const;
    await apply([plain, { ...strict, settings: { 'tls-client-certificates': 'Optional' } }]);
    await until('others are served', () => curl('https://shop.test/') !== '');
    const nobody = curl('https://shop.test/', '-H', 'X-SSL-Client-Subject: CN=root');
    assert.doesNotMatch(nobody, /x-ssl-client-subject/);
    for (const name of ['X-SSL-Client-Subject', 'x_SSL-client_Subject', 'X-Other']) {
      const said = curl('http://shop.test/', '-H', `${name}: CN=root`);
      assert.equal(said.includes('CN=root'), name === 'X-Other', `${name} on a port without TLS`);
    }
    assert.equal(curl('https://shop.test/', ...as('stranger')), '');
  });

  test('another CA for clients counts without a reload', async () => {
    const strict = https({ tls: { certificates: [shop], clientAuthority: clients } });
    const shopKey = file(shop, authority.issue(['shop.test']));
    await apply([strict], [shopKey, ca(clients, authority)]);
    const { reloads } = await apply([strict], [shopKey, ca(clients, strangers)]);
    assert.deepEqual(reloads, []);
    const as = (name: string) => ['--cert', join(rig.directory, `${name}.pem`)];
    await until(
      'the others are served now',
      () => curl('https://shop.test/', ...as('stranger')) !== '',
    );
    assert.equal(curl('https://shop.test/', ...as('own')), '');
  });

  /** What a request of its own connection comes to, with what openssl says of the handshake. */
  function openssl(port: number, ...words: string[]): string {
    const request = 'GET /a HTTP/1.1\\r\\nHost: shop.test\\r\\nConnection: close\\r\\n\\r\\n';
    const to = `-connect ${vip4}:${port} -servername shop.test -ign_eof`;
    const ask = `timeout 5 openssl s_client ${to} ${words.join(' ')} 2>&1`;
    return rig.run(rig.client, 'sh', '-c', `printf '${request}' | ${ask}; exit 0`);
  }

  test('a TLS session of one port opens no other one, whose clients need a certificate', async () => {
    const open = { ...https({ tls: { certificates: [shop] } }), service: 'other/web', port: 444 };
    const strict = https({ tls: { certificates: [shop], clientAuthority: partners } });
    const keys = [file(shop, authority.issue(['shop.test'])), ca(partners, authority)];
    await apply([{ ...open, name: `other_web_444_${vip4}` }, strict], keys);
    const { certificate, key: secret } = authority.issue(['alice']);
    writeFileSync(join(rig.directory, 'alice.pem'), certificate + secret);
    const own = `-cert ${rig.directory}/alice.pem`;
    await until('both serve', () => [444, 443].every((port) => served.test(openssl(port, own))));
    const session = join(rig.directory, 'session');
    for (const how of ['-tls1_2 -no_ticket', '-tls1_2', '-tls1_3']) {
      rmSync(session, { force: true });
      assert.match(openssl(444, how, `-sess_out ${session}`), served, how);
      // Without a ticket there is nothing to come again with: HAProxy keeps no sessions.
      assert.equal(existsSync(session), !how.includes('no_ticket'), how);
      if (!existsSync(session)) continue;
      const elsewhere = openssl(443, how, `-sess_in ${session}`);
      assert.doesNotMatch(elsewhere, resumed, how);
      assert.doesNotMatch(elsewhere, served, how);
      assert.match(openssl(444, how, `-sess_in ${session}`), resumed, `${how}, on its own port`);
    }
  });

  test('tls-profile: Modern refuses TLS 1.2', async () => {
    const shopKey = file(shop, authority.issue(['shop.test']));
    await apply([https({ tls: { certificates: [shop] } })], [shopKey]);
    await until('it serves', () => curl('https://shop.test/', '--tls-max', '1.2') !== '');
    assert.equal(curl('https://shop.test/', '--tls-max', '1.1'), '');
    await apply([https({ tls: { certificates: [shop] }, settings: { 'tls-profile': 'Modern' } })]);
    await until('it serves', () => curl('https://shop.test/') !== '');
    assert.equal(curl('https://shop.test/', '--tls-max', '1.2'), '');
  });

  test('server-tls: the pod’s certificate is verified, also of one that comes later', async () => {
    const verified = (name: string, from: Authority) => ({
      servers: [tlsPod],
      ...{ tls: { certificates: [shop] }, serverTls: { authority: podsCa, name } },
      from,
    });
    const shopKey = file(shop, authority.issue(['shop.test']));
    const serve = async (name: string, from: Authority) => {
      const { from: _, servers, ...more } = verified(name, from);
      const keys = [shopKey, ca(podsCa, from)];
      await apply([https({ ...more, servers: [] })], keys);
      const { reloads } = await apply([https({ ...more, servers })], keys);
      assert.deepEqual(reloads, []);
    };
    await serve('web.shop.svc', authority);
    await until('it serves', () => curl('https://shop.test/').includes('"port":"9002"'));
    await serve('api.shop.svc', authority);
    await until('another name is refused', () => !curl('https://shop.test/').includes('9002'));
    await serve('web.shop.svc', strangers);
    await until('another CA is refused', () => !curl('https://shop.test/').includes('9002'));
    await apply([https({ servers: [tlsPod], serverTls: {}, tls: { certificates: [shop] } })]);
    await until('unverified', () => curl('https://shop.test/').includes('9002'));
  });

  /** Where one who asks for a host is sent. */
  const redirected = (host: string) =>
    curl('http://shop.test/a?b=c', '-H', `Host: ${host}`, '-w', '%{redirect_url}');

  test('https-redirect and hsts-seconds', async () => {
    const plain = {
      ...frontend(80, []),
      http: { serverProtocol: 'HTTP1', redirectPort: 443 } as const,
    };
    const both = [shop, blog].map((each) => file(each, authority.issue(['shop.test'])));
    await apply([plain, https({ settings: { 'hsts-seconds': 600 } })], both);
    await until('it serves', () => curl('https://shop.test/') !== '');
    const told = curl('http://shop.test/a?b=c', '--include');
    assert.match(told, /^HTTP\/1.1 308 .*\r\nlocation: https:\/\/shop\.test\/a\?b=c\r\n/s);
    assert.equal(redirected('Shop.test:80'), 'https://shop.test/a?b=c');
    assert.equal(redirected('[fd99::50]:80'), 'https://[fd99::50]/a?b=c');
    const elsewhere = { ...plain, http: { ...plain.http, redirectPort: 8443 } };
    await apply([elsewhere, https({ settings: { 'hsts-seconds': 600 } })]);
    await until('it leads elsewhere', () => redirected('shop.test').includes(':8443'));
    for (const host of ['shop.test', 'shop.test:80', '[fd99::50]', '[fd99::50]:80', '10.99.0.50']) {
      assert.equal(redirected(host), `https://${host.replace(/:80$/, '')}:8443/a?b=c`);
    }
    assert.match(
      curl('https://shop.test/', '--include'),
      /strict-transport-security: max-age=600/i,
    );
  });

  test('after a reboot without keys the others serve, and no daemon fails', async () => {
    await apply([https(), frontend(80, [pod])]);
    await until(
      'both serve',
      () => curl('https://shop.test/') !== '' && curl('http://shop.test/') !== '',
    );
    agent.child.kill('SIGKILL');
    rig.reboot(node);
    rig.daemon(node, 'haproxy');
    rig.daemon(node, 'keepalived');
    await until('the other one serves', () => curl('http://shop.test/') !== '');
    assert.equal(curl('https://shop.test/'), '');
  });
});
