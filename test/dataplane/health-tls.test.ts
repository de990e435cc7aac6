// HTTP checks over TLS, with the real HAProxy, pods that end TLS themselves and a real client.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import type { KeyFile } from '../../src/apply/key-files.ts';
import type { Frontend } from '../../src/desired/desired-node.ts';
import { type KeyName, keyFile } from '../../src/tables/key-file.ts';
import { Authority } from '../lab/certificates.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import type { Mood } from './mood.ts';
import { writePodCertificate } from './pod-certificate.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { untilVerdict } from './server-row.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const [one, other, plain, h2c] = [9221, 9222, 9223, 9224];
const host = 'shop.example.com';
const podsCa: KeyName = { kind: 'authority', namespace: 'shop', secret: 'pods' };
const asked = { 'health-check-path': '/healthz', 'health-check-host': host } as const;

suite('HTTP checks over TLS', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let authority: Authority;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    authority = new Authority();
    writePodCertificate(rig, authority, ['web.shop.svc', host]);
    writeFileSync(join(rig.directory, 'ca.crt'), authority.certificate);
    const pods = join(import.meta.dirname, 'moody-pods.ts');
    const all = [`tls:${one}`, `tls:${other}`, String(plain)];
    rig.start(rig.client, process.execPath, pods, rig.directory, ...all);
    const web = join(import.meta.dirname, 'web-pods.ts');
    rig.start(rig.client, process.execPath, web, 'h2c', rig.directory, String(h2c));
    agent = await rig.serve(node);
  });
  afterEach(() => {
    for (const port of [one, other, plain]) mood(port, {});
  });
  after(() => {
    rig.close();
    authority[Symbol.dispose]();
  });

  const mood = (port: number, of: Mood) =>
    writeFileSync(join(rig.directory, `${port}.mood`), JSON.stringify(of));
  const apply = (more: Partial<Frontend>, ports: number[], keys?: readonly KeyFile[]) => {
    const servers = ports.map((port) => server('10.99.0.1', port));
    const wanted = [{ ...frontend(443, servers), ...more }];
    return agent.apply(desiredFor(node, rig.nodes, wanted), keys);
  };
  const sees = (port: number, wanted: RegExp) => untilVerdict(rig, node, { port, wanted });

  /** Whom the checks of a pod name from now on. */
  async function names(port: number, what = 'names'): Promise<unknown> {
    const file = join(rig.directory, `${port}.${what}`);
    rmSync(file, { force: true });
    let text = '';
    await until('a check comes', () => {
      try {
        text = readFileSync(file, 'utf8');
      } catch {
        text = '';
      }
      return text !== '';
    });
    return JSON.parse(text);
  }

  /** Which pods answer clients, each end to end over TLS; '' is a connection that just ended. */
  function answering(): string {
    const to = ['--resolve', `${host}:443:${vip4}`, '--cacert', join(rig.directory, 'ca.crt')];
    const ask = (): string => {
      try {
        return rig.run(rig.client, 'curl', '-s', '-m', '5', ...to, `https://${host}/`);
      } catch {
        return '';
      }
    };
    return [...new Set(Array.from({ length: 6 }, ask))].sort().join();
  }

  test('health-check HTTPS: a pod that ends TLS itself gets nobody while it answers 503', async () => {
    const settings = { ...asked, 'health-check': 'HTTPS' } as const;
    await apply({ settings }, [one, plain]);
    await sees(one, /^UP L7OK/);
    await sees(plain, /^DOWN .*L6/);
    assert.deepEqual(await names(one), { host, sni: host });
    const { reloads } = await apply({ settings }, [one, other]);
    assert.deepEqual(reloads, []);
    await until('both serve', () => answering() === `${one},${other}`);
    assert.deepEqual(await names(other), { host, sni: host }, 'of one that came later');
    mood(one, { status: 503 });
    await sees(one, /^DOWN .*L7STS/);
    assert.equal(answering(), String(other));
    mood(one, {});
    await until('it is back', () => answering() === `${one},${other}`);
  });

  test('health-check HTTPS on a port of its own, of a pod whose traffic is not TLS', async () => {
    const settings = { ...asked, 'health-check': 'HTTPS', 'health-check-port': one } as const;
    await apply({ settings }, [plain]);
    await sees(plain, /^UP L7OK/);
    mood(one, { status: 503 });
    await sees(plain, /^DOWN .*L7STS/);
  });

  test('health-check TLS names the host as well, and does not ask what a pod answers', async () => {
    mood(one, { status: 503 });
    await apply({ settings: { ...asked, 'health-check': 'TLS' } }, [one, plain]);
    await sees(one, /^UP L6OK/);
    await sees(plain, /^DOWN .*L6/);
    assert.equal(await names(one, 'sni'), host);
  });

  const inTls = { http: { serverProtocol: 'HTTP1' }, serverTls: {} } as const;

  test('server-tls: HTTP and HTTPS checks go through it, HTTP at another port is plain', async () => {
    for (const check of ['HTTP', 'HTTPS'] as const) {
      const settings = { ...asked, 'health-check': check } as const;
      await apply({ ...inTls, settings }, [one, plain]);
      await sees(one, /^UP L7OK/);
      await sees(plain, /^DOWN .*L6/);
      mood(one, { status: 503 });
      await sees(one, /^DOWN .*L7STS/);
      mood(one, {});
      await sees(one, /^UP L7OK/);
      const elsewhere = check === 'HTTP' ? plain : other;
      mood(elsewhere, { status: 503 });
      await apply({ ...inTls, settings: { ...settings, 'health-check-port': elsewhere } }, [one]);
      await sees(one, /^DOWN .*L7STS/);
      mood(elsewhere, {});
      await sees(one, /^UP L7OK/);
    }
  });

  test('pods of HTTP/2 are asked in HTTP/1.1 at a port of its own, also those who come later', async () => {
    const http = { serverProtocol: 'HTTP2' } as const;
    const asks = (check: 'HTTP' | 'HTTPS', at: number) => ({
      settings: { ...asked, 'health-check': check, 'health-check-port': at } as const,
    });
    for (const more of [
      { ...asks('HTTP', plain), http },
      { ...asks('HTTPS', one), http },
      { ...asks('HTTP', plain), http, serverTls: {} },
      { ...asks('HTTPS', one), http, serverTls: {} },
    ]) {
      const at = more.settings['health-check-port'];
      await apply(more, [other]);
      await sees(other, /^UP L7OK/);
      const { reloads } = await apply(more, [other, h2c]);
      assert.deepEqual(reloads, []);
      await sees(h2c, /^UP L7OK/);
      mood(at, { status: 503 });
      await sees(h2c, /^DOWN .*L7STS/);
      await sees(other, /^DOWN .*L7STS/);
      mood(at, {});
    }
    await apply({ ...asks('HTTP', plain), http }, [h2c]);
    await sees(h2c, /^UP L7OK/);
    const heard = rig.run(rig.client, 'curl', '-s', '-m', '5', `http://${vip4}:443/`);
    assert.match(heard, new RegExp(`"port":"${h2c}".*"version":"2\\.0"`), 'traffic is HTTP/2');
    // Without a port of its own the check is one of the traffic's.
    await apply({ settings: { ...asked, 'health-check': 'HTTP' }, http }, [h2c, plain]);
    await sees(h2c, /^UP L7OK/);
    await sees(plain, /^DOWN /);
  });

  test('server-tls Verified: checks want the certificate and the name that traffic wants', async () => {
    const ca = (from: Authority): KeyFile => {
      return { kind: 'authority', file: keyFile(podsCa), text: from.certificate };
    };
    const verified = (name: string, check: 'HTTP' | 'HTTPS') => ({
      ...{ ...inTls, serverTls: { authority: podsCa, name } },
      settings: { ...asked, 'health-check': check } as const,
    });
    using strangers = new Authority('strangers');
    for (const check of ['HTTP', 'HTTPS'] as const) {
      await apply(verified('web.shop.svc', check), [one], [ca(authority)]);
      await sees(one, /^UP L7OK/);
      assert.deepEqual(await names(one), { host, sni: 'web.shop.svc' });
      await apply(verified('api.shop.svc', check), [one], [ca(authority)]);
      await sees(one, /^DOWN .*L6/);
      await apply(verified('web.shop.svc', check), [one], [ca(strangers)]);
      await sees(one, /^DOWN .*L6/);
    }
  });
});
