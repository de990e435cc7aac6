// HTTP mode and what decides who a client is, on one node, with the real HAProxy and curl.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { Frontend, Server } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const [first, second] = [server('10.99.0.1', 9001), server('10.99.0.1', 9002)];
const modern = server('10.99.0.1', 9003);

type Heard = {
  readonly port: string;
  readonly version: string;
  readonly headers: Readonly<Record<string, string>>;
};

suite('HTTP mode on one node', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let logged: () => string;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    const program = join(import.meta.dirname, 'web-pods.ts');
    rig.start(rig.client, process.execPath, program, 'http', rig.directory, '9001', '9002');
    rig.start(rig.client, process.execPath, program, 'h2c', rig.directory, '9003');
    logged = rig.loggingHaproxy(node);
    rig.daemon(node, 'keepalived');
    agent = await rig.agent(node);
    await apply({}, first, second);
    await until('the VIP answers', () => curl() !== '');
  });
  after(() => rig.close());

  const web = (more: Partial<Frontend>, servers: readonly Server[]): Frontend => {
    return { ...frontend(80, servers), http: { serverProtocol: 'HTTP1' }, ...more };
  };
  const apply = (more: Partial<Frontend>, ...servers: readonly Server[]) =>
    agent.apply(desiredFor(node, rig.nodes, [web(more, servers)]));

  function curl(...words: string[]): string {
    const common = ['--silent', '--max-time', '5'];
    const url = words.find((word) => word.startsWith('http')) ?? `http://${vip4}/`;
    try {
      const others = words.filter((word) => word !== url);
      return rig.run(rig.client, 'curl', ...common, ...others, url);
    } catch {
      return '';
    }
  }
  const heard = (...words: string[]): Heard => JSON.parse(curl(...words)) as Heard;
  const status = (...words: string[]) =>
    curl('--output', '/dev/null', '--write-out', '%{http_code}', ...words);

  /** What is answered to a load balancer that names a client. */
  function named(client: string): string {
    const header = `PROXY TCP4 ${client} ${vip4} 1234 80\\r\\n`;
    const request = 'GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n';
    const talk = `exec 3<>/dev/tcp/${vip4}/80; printf '${header}${request}' >&3; timeout 3 cat <&3`;
    try {
      return rig.run(rig.client, 'bash', '-c', `${talk}; exit 0`);
    } catch {
      return '';
    }
  }

  /** What comes back over a WebSocket on which one word is said. */
  function said(): string {
    const upgrade =
      'GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n';
    const talk = [
      `exec 3<>/dev/tcp/${vip4}/80; printf '${upgrade}' >&3`,
      'while read -r line <&3 && [ "$line" != "$(printf "\\r")" ]; do echo "$line"; done',
      'echo hello >&3; timeout 3 head -n1 <&3',
    ].join('; ');
    return rig.run(rig.client, 'bash', '-c', talk);
  }

  /** Both serve, by whichever way they came. */
  const bothServe = () =>
    until('both serve', () => {
      const ports = Array.from({ length: 4 }, () => heard().port);
      return new Set(ports).size === 2;
    });

  test('client-headers: who the client is, and nothing of what it says itself', async () => {
    const lie = ['-H', 'X-Forwarded-Proto: https', '-H', 'X-Forwarded-Port: 1'];
    await apply({}, first, second);
    const { headers } = heard(...lie);
    assert.equal(headers['x-forwarded-for'], '10.99.0.1');
    assert.equal(headers['x-forwarded-proto'], 'http');
    assert.equal(headers['x-forwarded-port'], '80');
    await apply({ settings: { 'client-headers': 'Forwarded' } }, first);
    await until('the other header', () => heard().headers['forwarded'] !== undefined);
    assert.match(heard().headers['forwarded'] ?? '', /for=10\.99\.0\.1/);
    await apply({ settings: { 'client-headers': 'None' } }, first);
    await until('no header', () => heard().headers['forwarded'] === undefined);
    assert.equal(heard().headers['x-forwarded-for'], undefined);
  });

  test('session-cookie: a client keeps its server, over a reload and when others come', async () => {
    const settings = { 'session-cookie': 'KEPT' } as const;
    await apply({ settings }, first);
    const { reloads, steps } = await apply({ settings }, first, second);
    assert.deepEqual(reloads, []);
    for (const { step, ok, detail } of steps) assert.ok(ok, `${step.kind}: ${detail}`);
    await bothServe();
    const jar = (name: string) => join(rig.directory, `${name}.jar`);
    const kept = (name: string) => heard('-b', jar(name), '-c', jar(name)).port;
    const names = ['a', 'b', 'c', 'd'];
    const before = names.map(kept);
    assert.deepEqual(new Set(before), new Set(['9001', '9002']));
    const cookie = /^set-cookie: .*$/m.exec(curl('--include'))?.[0] ?? '';
    assert.match(cookie, /^set-cookie: KEPT=[0-9a-f]+; path=\/; HttpOnly\r?$/, 'no address');
    await agent.apply(
      desiredFor(node, rig.nodes, [web({ settings }, [first, second]), frontend(81, [first])]),
    );
    assert.deepEqual(names.map(kept), before);
    // One that goes away gets nobody, also none who is remembered (R69).
    await apply({ settings }, first, { ...second, state: 'maint' });
    await until('one is out', () => names.map(kept).every((port) => port === '9001'));
  });

  test('pods of h2c are spoken to in HTTP/2', async () => {
    await apply({ http: { serverProtocol: 'HTTP2' } });
    await apply({ http: { serverProtocol: 'HTTP2' } }, modern);
    await until('it serves', () => curl().includes('9003'));
    assert.equal(heard().version, '2.0');
    assert.equal(status('--http2-prior-knowledge', '--write-out', '%{http_version}'), '2');
  });

  test('a WebSocket passes bytes in both directions', async () => {
    await apply({}, first);
    await until('it serves', () => curl() !== '');
    assert.match(said(), /^HTTP\/1\.1 101 /);
    assert.match(said(), /hello\n$/);
  });

  test('max-request-bytes: what is longer is refused, and a body without a length', async () => {
    const url = `http://${vip4}/`;
    await apply({ settings: { 'max-request-bytes': 10 } }, first);
    await until('a short one passes', () => status('--data', 'short') === '200');
    assert.equal(status('--data', 'longer than ten'), '413');
    const chunked = ['-H', 'Transfer-Encoding: chunked', '--data'];
    for (const data of ['short', 'longer than ten']) {
      assert.equal(status(...chunked, data), '411');
      assert.equal(status(...chunked, data, '-X', 'GET'), '411');
    }
    const client = join(import.meta.dirname, 'http2-client.ts');
    const two = (...words: string[]) =>
      rig.run(rig.client, process.execPath, client, url, ...words);
    assert.equal(two('POST', 'short', 'announced'), '200');
    assert.equal(two('POST', 'longer than ten', 'announced'), '413');
    for (const method of ['PUT', 'GET']) {
      assert.equal(two(method, 'short', 'silent'), '411', `${method}: the body with the headers`);
      assert.equal(two(method, 'short', 'late'), '411', `${method}: the body after the answer`);
    }
    // curl announces no length of what it reads from a pipe.
    const talk = `(sleep 1; echo short) | curl -s -o /dev/null -w '%{http_code}' -T - ${url}`;
    assert.equal(rig.run(rig.client, 'bash', '-c', `${talk}; true`), '411');
    for (const method of ['GET', 'DELETE', 'POST', 'OPTIONS']) {
      assert.equal(status('-X', method), '200', method);
      const inTwo = status('--http2-prior-knowledge', '-X', method);
      assert.equal(inTwo, '200', `${method} of HTTP/2`);
    }
    assert.match(said(), /hello\n$/, 'a WebSocket has no body');
  });

  test('requests-per-second-per-client, request-timeout-seconds', async () => {
    await apply({ settings: { 'request-timeout-seconds': 1 } }, first);
    await until('it serves', () => status() === '200');
    const slow = `exec 3<>/dev/tcp/${vip4}/80; printf 'GET / HTTP/1.1\\r\\n' >&3; timeout 5 head -n1 <&3`;
    assert.match(rig.run(rig.client, 'bash', '-c', slow), /^HTTP\/1\.1 408 /);
    await apply({ settings: { 'requests-per-second-per-client': 3 } }, first);
    await until('one is refused', () => {
      return Array.from({ length: 8 }, () => status()).includes('429');
    });
    // HAProxy counts a second and what is left of the one before, refused ones too.
    await delay(2_500);
    assert.equal(status(), '200', 'slower ones are served again');
  });

  test('compression: for clients that take it', async () => {
    await apply({ settings: { compression: 'Enabled' } }, first);
    const zipped = join(rig.directory, 'zipped');
    const ask = ['-H', 'Accept-Encoding: gzip', `http://${vip4}/long`];
    await until('it is compressed', () =>
      /content-encoding: gzip/i.test(curl('--include', '--output', '-', ...ask)),
    );
    rig.run(rig.client, 'curl', '-s', '-o', zipped, ...ask);
    assert.match(gunzipSync(readFileSync(zipped)).toString(), /"url":"\/long"/);
    assert.doesNotMatch(curl('--include', `http://${vip4}/long`), /content-encoding/i);
  });

  test('error-text: what a client reads when no pod is there', async () => {
    await apply({ settings: { 'error-text': 'Back at 6 am.' } });
    await until('the text', () => curl().trim() === 'Back at 6 am.');
    assert.equal(status(), '503');
    await apply({ settings: { 'error-text': 'Back at 6 am.' } }, first);
    await until('it serves again', () => status() === '200');
  });

  test('a pod that dies under load costs no request: another one is asked', async () => {
    const silent = server('10.99.0.1', 9009);
    await apply({}, first, second, silent);
    const codes = Array.from({ length: 30 }, () => status());
    assert.deepEqual(new Set(codes), new Set(['200']));
  });

  test('access-log: JSON of what failed, or of everything; nothing unless asked', async () => {
    const lines = () =>
      logged()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    await apply({}, first);
    await until('it serves', () => status() === '200');
    assert.deepEqual(lines(), []);
    await apply({ settings: { 'access-log': 'All' } }, first);
    await until(
      'a line',
      () => status(`http://${vip4}/a"b?secret=1`) === '200' && lines().length > 0,
    );
    const [line = {}] = lines();
    assert.partialDeepStrictEqual(line, {
      ...{ client: '10.99.0.1', frontend: `shop_web_80_${vip4}`, server: first.name },
      ...{ method: 'GET', status: 200, path: '/a#22b' },
    });
    await apply({ settings: { 'access-log': 'Errors' } }, first);
    const before = lines().length;
    for (let times = 0; times < 5; times += 1) assert.equal(status(), '200');
    await apply({ settings: { 'access-log': 'Errors' } });
    await until('a failed one', () => status() === '503' && lines().length > before);
    assert.deepEqual(
      new Set(
        lines()
          .slice(before)
          .map((each) => each['status']),
      ),
      new Set([503]),
    );
  });

  test('denied-source-ranges: closed, whoever else is allowed', async () => {
    await apply({ sources: ['10.99.0.0/16'], denied: ['10.99.0.1/32'] }, first);
    await until('it is closed', () => status() === '');
    await apply({ sources: ['10.99.0.0/16'], denied: ['10.98.0.0/16'] }, first);
    await until('it is open', () => status() === '200');
  });

  test('proxy-protocol-from: the client is whom a trusted load balancer names', async () => {
    const proxies = ['10.99.0.0/16'];
    await apply({ proxies, denied: ['192.0.2.66/32'] }, first);
    await until('it serves', () => named('192.0.2.7').includes('200 OK'));
    assert.match(named('192.0.2.7'), /"x-forwarded-for":"192\.0\.2\.7"/);
    assert.equal(named('192.0.2.66'), '', 'denied by the name');
    assert.equal(status(), '', 'from there a header is a must');
    await apply({ proxies: ['10.98.0.0/16'] }, first);
    await until('others need none', () => status() === '200');
    assert.doesNotMatch(named('192.0.2.7'), /200 OK/, 'and their header is none');
  });
});
