// How checks ask and when they decide, what traffic tells beside them, and how a server comes in,
// with the real HAProxy, real pods and a real client.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceSettings } from '../../src/model/service-settings.ts';
import { Authority } from '../lab/certificates.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import type { Mood } from './mood.ts';
import { writePodCertificate } from './pod-certificate.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { serverRow, untilVerdict } from './server-row.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;

suite('health settings', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    const pods = join(import.meta.dirname, 'moody-pods.ts');
    rig.start(rig.client, process.execPath, pods, rig.directory, '9201', '9202');
    rig.pods(9211);
    agent = await rig.serve(node);
    await apply({}, 9201);
    await until('the VIP answers', () => rig.holders(vip4).length === 1 && ask() === '200');
  });
  afterEach(() => {
    for (const port of [9201, 9202]) mood(port, {});
  });
  after(() => rig.close());

  const http = { http: { serverProtocol: 'HTTP1' } } as const;
  const apply = (settings: ServiceSettings, ...ports: number[]) => {
    const servers = ports.map((port) => server('10.99.0.1', port));
    return agent.apply(
      desiredFor(node, rig.nodes, [{ ...frontend(80, servers), ...http, settings }]),
    );
  };
  const mood = (port: number, of: Mood) =>
    writeFileSync(join(rig.directory, `${port}.mood`), JSON.stringify(of));
  const sees = (port: number, wanted: RegExp) => untilVerdict(rig, node, { port, wanted });
  /** The status of one request; '000' when the connection just ended. */
  function ask(): string {
    const words = ['-s', '-o', '/dev/null', '-m', '5', '-w', '%{http_code}', `http://${vip4}/`];
    try {
      return rig.run(rig.client, 'curl', ...words).trim();
    } catch (error) {
      return String((error as { readonly stdout?: string }).stdout).trim();
    }
  }
  const askTimes = (times: number) => Array.from({ length: times }, ask);

  const byHttp = { 'health-check': 'HTTP', 'health-check-path': '/healthz' } as const;

  test('health-check-method: the pod is asked in this way', async () => {
    mood(9201, { method: 'HEAD' });
    await apply(byHttp, 9201);
    await sees(9201, /^DOWN .*L7STS/);
    await apply({ ...byHttp, 'health-check-method': 'HEAD' }, 9201);
    await sees(9201, /^UP L7OK/);
    mood(9201, { method: 'OPTIONS' });
    await sees(9201, /^DOWN .*L7STS/);
    await apply({ ...byHttp, 'health-check-method': 'OPTIONS' }, 9201);
    await sees(9201, /^UP L7OK/);
  });

  test('health-check-body: a good status is not enough', async () => {
    mood(9201, { body: '{"database": "gone"}' });
    const wish = { ...byHttp, 'health-check-body': 'status: all ok' };
    await apply(wish, 9201);
    await sees(9201, /^DOWN .*L7/);
    mood(9201, { body: '{"status: all ok"}' });
    await sees(9201, /^UP L7OK/);
    mood(9201, { body: '{"status: all ok"}', status: 503 });
    await sees(9201, /^DOWN .*L7STS/);
  });

  test('health-check-timeout-milliseconds: a slow answer is waited for', async () => {
    mood(9201, { delay: 1_000 });
    await apply(byHttp, 9201);
    await sees(9201, /^DOWN .*L7TOUT/);
    await apply({ ...byHttp, 'health-check-timeout-milliseconds': 20_000 }, 9201);
    await sees(9201, /^UP L7OK/);
  });

  test('health-check-fall and -rise: so many checks in a row, and not one less', async () => {
    const checks = join(rig.directory, '9201.checks');
    const answers = (status: string) =>
      readFileSync(checks, 'utf8')
        .split('\n')
        .filter((line) => line === status).length;
    await apply({ ...byHttp, 'health-check-fall': 5, 'health-check-rise': 4 }, 9201);
    await sees(9201, /^UP L7OK/);
    if (existsSync(checks)) rmSync(checks);
    mood(9201, { status: 503 });
    await sees(9201, /^DOWN/);
    assert.ok(answers('503') >= 5, readFileSync(checks, 'utf8'));
    rmSync(checks);
    mood(9201, {});
    await sees(9201, /^UP L7OK/);
    assert.ok(answers('200') >= 4, readFileSync(checks, 'utf8'));
  });

  /** How often the server was taken out while its checks passed. */
  const downs = (port: number) => Number(serverRow(rig, node, port)['chkdown']);

  test('passive-check: connections that are refused count, unless it is Disabled', async () => {
    // The pod answers its checks on one port and takes no connection on the other.
    const elsewhere = { ...byHttp, 'health-check-port': 9201 } as const;
    const refusing = 9299;
    await apply({ ...elsewhere, 'passive-check': 'Disabled' }, refusing);
    await sees(refusing, /^UP L7OK/);
    askTimes(4);
    assert.equal(downs(refusing), 0);
    const fast = { ...elsewhere, 'passive-check-action': 'FastInterval' } as const;
    await apply(fast, refusing);
    await sees(refusing, /^UP L7OK/);
    askTimes(4);
    assert.equal(downs(refusing), 0);
    for (const what of ['Connections', 'Responses'] as const) {
      await apply({ ...elsewhere, 'passive-check': what }, refusing);
      await sees(refusing, /^UP L7OK/);
      askTimes(4);
      assert.ok(downs(refusing) > 0, what);
    }
  });

  test('passive-check: Responses count those with a bad status, Connections do not', async () => {
    mood(9201, { traffic: 500 });
    await apply(byHttp, 9201);
    await sees(9201, /^UP L7OK/);
    assert.deepEqual(new Set(askTimes(10)), new Set(['500']));
    assert.equal(downs(9201), 0);
    const limit = { 'passive-check': 'Responses', 'passive-check-limit': 5 } as const;
    await apply({ ...byHttp, ...limit }, 9201);
    await sees(9201, /^UP L7OK/);
    assert.deepEqual(new Set(askTimes(4)), new Set(['500']));
    assert.equal(downs(9201), 0, 'four are less than five');
    askTimes(2);
    assert.equal(downs(9201), 1);
    await until('a check brings it back', () => ask() === '500');
    const single = { ...limit, 'passive-check-limit': 1, 'passive-check-action': 'FailCheck' };
    await apply({ ...byHttp, ...single, 'health-check-fall': 3 } as ServiceSettings, 9201);
    await sees(9201, /^UP L7OK/);
    askTimes(8);
    assert.ok(downs(9201) > 0, 'three errors are three failed checks');
  });

  test('max-connections-per-server: a request that waited five seconds is answered with 503', async () => {
    mood(9201, { delay: 8_000 });
    await apply({ 'max-connections-per-server': 1 }, 9201);
    await sees(9201, /^UP/);
    rig.start(rig.client, 'curl', '-s', '-o', '/dev/null', `http://${vip4}/healthz`);
    const busy = () => serverRow(rig, node, 9201)['scur'] === '1';
    await until('the pod is busy', busy);
    const begin = performance.now();
    // Longer than curl is given elsewhere: the queue takes all of that.
    const words = ['-s', '-o', '/dev/null', '-m', '20', '-w', '%{http_code}', `http://${vip4}/`];
    assert.equal(rig.run(rig.client, 'curl', ...words), '503');
    assert.ok(performance.now() - begin > 4_500, 'it waited');
    await until('the pod is free', () => !busy());
  });

  test('passive-check-action SuddenDeath: after the errors one failed check is enough', async () => {
    const checks = join(rig.directory, '9201.checks');
    const failed = () => readFileSync(checks, 'utf8').split('503').length - 1;
    const slow = { ...byHttp, 'passive-check': 'Responses', 'health-check-fall': 40 } as const;
    const downAfter = async (action: 'FailCheck' | 'SuddenDeath') => {
      mood(9201, {});
      await apply({ ...slow, 'passive-check-action': action }, 9201);
      await sees(9201, /^UP L7OK/);
      rmSync(checks, { force: true });
      mood(9201, { traffic: 500, status: 503 });
      assert.deepEqual(new Set(askTimes(3)), new Set(['500']));
      await sees(9201, /^DOWN/);
      return failed();
    };
    const sudden = await downAfter('SuddenDeath');
    assert.ok(sudden < 10, `down after ${sudden} checks`);
    const counted = await downAfter('FailCheck');
    assert.ok(counted > 30, `otherwise after ${counted}`);
  });

  test('health-check TLS: who completes a handshake', async () => {
    using authority = new Authority();
    writePodCertificate(rig, authority, ['pod.shop.example']);
    const pods = join(import.meta.dirname, 'web-pods.ts');
    const speaking = rig.start(
      rig.client,
      ...[process.execPath, pods, 'tls', rig.directory, '9203'],
    );
    await apply({ 'health-check': 'TLS' }, 9203, 9202);
    await sees(9203, /^UP L6OK/);
    await sees(9202, /^DOWN .*L6/);
    speaking.kill('SIGKILL');
    await sees(9203, /^DOWN .*L4CON/);
  });

  test('slow-start-seconds: who comes up gets fewer than its share at first', async () => {
    const shareOf = async (settings: ServiceSettings): Promise<number> => {
      const plain = [9211, 9212].map((port) => server('10.99.0.1', port));
      const one = { ...frontend(80, plain), settings };
      await agent.apply(desiredFor(node, rig.nodes, [one]));
      await sees(9212, /^DOWN/);
      const late = rig.pods(9212);
      await sees(9212, /^UP/);
      const { serversDown } = await agent.apply(desiredFor(node, rig.nodes, [one]));
      assert.deepEqual(serversDown, [], 'who starts slowly is not ill');
      const probe = rig.probe(vip4, 80, 2_000);
      await delay(1_000);
      const { ok, answers } = await probe.end();
      late.kill('SIGKILL');
      assert.ok(ok > 20, `${ok} connections`);
      return (answers['9212'] ?? 0) / ok;
    };
    const full = await shareOf({});
    const slow = await shareOf({ 'slow-start-seconds': 300 });
    assert.ok(full > 0.3, `without it: ${full}`);
    assert.ok(slow < 0.2, `with it: ${slow}`);
  });
});
