// Over a reload servers keep how they do; how they are spoken to is what the new file says.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Frontend } from '../../src/desired/desired-node.ts';
import { Authority } from '../lab/certificates.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { writePodCertificate } from './pod-certificate.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { serverRow, untilVerdict, verdict } from './server-row.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const [secret, plain, sick] = [9231, 9232, 9233];
const byHttp = { 'health-check': 'HTTP', 'health-check-path': '/healthz' } as const;

suite('settings of a server that is there already', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    using authority = new Authority();
    writePodCertificate(rig, authority, ['web.shop.svc']);
    writeFileSync(join(rig.directory, `${sick}.mood`), JSON.stringify({ status: 503 }));
    const pods = join(import.meta.dirname, 'moody-pods.ts');
    const all = [`tls:${secret}`, ...[plain, sick].map(String)];
    rig.start(rig.client, process.execPath, pods, rig.directory, ...all);
    agent = await rig.serve(node);
  });
  after(() => rig.close());

  const apply = (port: number, more: Partial<Frontend>) => {
    const one = { ...frontend(80, [server('10.99.0.1', port)]), ...more };
    return agent.apply(
      desiredFor(node, rig.nodes, [{ http: { serverProtocol: 'HTTP1' }, ...one }]),
    );
  };
  const sees = (port: number, wanted: RegExp) => untilVerdict(rig, node, { port, wanted });
  const answers = (wanted: string) => {
    const words = ['-s', '-m', '5', '-o', '/dev/null', '-w', '%{http_code}', `http://${vip4}/`];
    const status = () => {
      try {
        return rig.run(rig.client, 'curl', ...words).trim();
      } catch {
        return '';
      }
    };
    return until(`clients are answered ${wanted}`, () => status() === wanted);
  };

  test('server-tls counts at once where pods serve already, and no longer once it is off', async () => {
    await apply(secret, {});
    await answers('502');
    await apply(secret, { serverTls: {} });
    await answers('200');
    await apply(secret, {});
    await answers('502');
  });

  test('health-check-port: set, changed and taken away', async () => {
    await apply(plain, { settings: byHttp });
    await sees(plain, /^UP L7OK/);
    await apply(plain, { settings: { ...byHttp, 'health-check-port': sick } });
    await sees(plain, /^DOWN .*L7STS/);
    await apply(plain, { settings: { ...byHttp, 'health-check-port': plain } });
    await sees(plain, /^UP L7OK/);
    await apply(plain, { settings: { ...byHttp, 'health-check-port': sick } });
    await sees(plain, /^DOWN .*L7STS/);
    await apply(plain, { settings: byHttp });
    await sees(plain, /^UP L7OK/);
  });

  test('agent-check-port: another one is asked', async () => {
    const says = (port: number, word: string) => {
      const serve = [`TCP4-LISTEN:${port}`, 'bind=10.99.0.1', 'fork', 'reuseaddr'].join();
      rig.start(rig.client, 'socat', serve, `SYSTEM:echo ${word}`);
    };
    says(9234, '30%');
    says(9235, '60%');
    const weighs = (wanted: string) =>
      until(`weight ${wanted}`, () => serverRow(rig, node, plain)['weight'] === wanted);
    const asked = (port: number) =>
      apply(plain, { settings: { 'agent-check-port': port, 'agent-check-interval-seconds': 1 } });
    await asked(9234);
    await weighs('30');
    await asked(9235);
    await weighs('60');
  });

  test('what was known of a server is known after the reload', async () => {
    await apply(plain, { settings: byHttp });
    await sees(plain, /^UP L7OK/);
    writeFileSync(join(rig.directory, `${plain}.mood`), JSON.stringify({ status: 503 }));
    await sees(plain, /^DOWN .*L7STS/);
    const { reloads } = await apply(plain, { settings: { ...byHttp, 'health-check-rise': 2 } });
    assert.equal(reloads.length, 1);
    assert.match(verdict(rig, node, plain), /^DOWN/);
  });

  test('the same over the end of the container, which saves the state itself', async () => {
    await apply(secret, {});
    await answers('502');
    const [supervisor] = rig.processes(node, 'fairlead-haproxy'.slice(0, 15));
    assert.ok(supervisor !== undefined);
    process.kill(supervisor, 'SIGTERM');
    await until('HAProxy ended', () => rig.processes(node, 'haproxy').length === 0);
    const saved = readFileSync(join(node.directory, 'run/edge/haproxy/state'), 'utf8');
    assert.match(saved, new RegExp(`^\\d+ \\S+ 1 \\S+_${secret}( \\S+){16}$`, 'm'));
    await apply(secret, { serverTls: {} });
    rig.daemon(node, 'haproxy');
    await answers('200');
  });
});
