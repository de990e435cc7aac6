// HTTP/3 by QUIC and HTTP/1.1 by TCP at one port of a VIP, with clients and servers that speak
// them: what examples/http3.yaml promises.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { DesiredPool, FlowFrontend } from '../../src/desired/desired-node.ts';
import { Authority } from '../lab/certificates.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { writePodCertificate } from './pod-certificate.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const programs = { client: '/usr/bin/gtlsclient', server: '/usr/sbin/gtlsserver' };
const gone = Object.values(programs).filter((file) => !existsSync(file));
const unable = gone.length === 0 ? undefined : `not installed (test/lab/packages.ts): ${gone}`;
const skip = missing() ?? unable ?? false;
const ports = [9301, 9302];
const large = 'x'.repeat(500_000);

suite('HTTP/3 and TCP at one port', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    using authority = new Authority();
    writePodCertificate(rig, authority, ['shop.test']);
    writeFileSync(join(rig.directory, 'ca.crt'), authority.certificate);
    for (const port of ports) quicPod(port);
    const pods = join(import.meta.dirname, 'web-pods.ts');
    const words = ['tls', rig.directory, ...ports.map(String)];
    rig.start(rig.client, process.execPath, pods, ...words);
    rig.run(node.namespace, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    agent = await rig.serve(node);
    await agent.apply(service(ports));
    await until('TCP is served', () => overTcp() === '1.1 200');
  });
  after(() => rig.close());

  /** A pod that answers HTTP/3 with its number at /port. */
  function quicPod(port: number): void {
    const folder = join(rig.directory, `quic-${port}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'port'), String(port));
    writeFileSync(join(folder, 'large'), large);
    const keys = ['pod.key', 'pod.crt'].map((name) => join(rig.directory, name));
    const at = ['10.99.0.1', String(port)];
    rig.start(rig.client, programs.server, '-q', '-d', folder, ...at, ...keys);
  }

  /** What a node makes of the Service of the example. */
  function service(quic: readonly number[], isSticky = true): DesiredPool {
    const flow: FlowFrontend = {
      protocol: 'UDP',
      ...{ name: `shop_quic_443_${vip4}`, service: 'shop/quic', family: 'IPv4', address: vip4 },
      ...{ port: 443, isSticky, isDirect: false },
      endpoints: quic.map((port) => ({
        ...{ address: '10.99.0.1', port, state: 'ready', isLocal: false },
      })),
    };
    const tcp = frontend(
      443,
      ports.map((port) => server('10.99.0.1', port)),
      'quic',
    );
    return { ...desiredFor(node, rig.nodes, [tcp]), flows: [flow] };
  }

  const curl = ['-s', '-m', '5', '--resolve', `shop.test:443:${vip4}`, '-o', '/dev/null'];
  function overTcp(): string {
    const trust = ['--cacert', join(rig.directory, 'ca.crt')];
    const told = ['-w', '%{http_version} %{http_code}', 'https://shop.test/'];
    try {
      return rig.run(rig.client, 'curl', ...curl, ...trust, ...told);
    } catch {
      return '';
    }
  }

  /** What HTTP/3 answers to one request; '' when there is no answer within ten seconds. */
  function overQuic(path: string, ...more: string[]): string {
    const said = ['-q', '--exit-on-all-streams-close', '--sni=shop.test', '--timeout=5s'];
    const folder = join(rig.directory, 'downloads');
    const where = [vip4, '443', `https://shop.test/${path}`];
    const words = [programs.client, ...said, `--download=${folder}`, ...more, ...where];
    const fresh = `rm -rf ${folder}; mkdir ${folder}`;
    const command = `${fresh}; timeout 10 "$@" >/dev/null 2>&1; cat ${folder}/${path} 2>/dev/null; exit 0`;
    return rig.run(rig.client, 'sh', '-c', command, 'sh', ...words);
  }

  test('both are answered, at the same time and at the same port', () => {
    assert.match(overQuic('port'), /^930[12]$/);
    assert.equal(overTcp(), '1.1 200');
    assert.equal(overQuic('large').length, large.length, 'in as many packets as it takes');
  });

  test('a client that comes from another port meanwhile keeps its pod, by affinity', () => {
    const changing = ['--change-local-addr=50ms', '--nat-rebinding', '--delay-stream=300ms'];
    const answers = Array.from({ length: 8 }, () => overQuic('port', ...changing));
    assert.match(answers.join(), /^(930[12])(,\1){7}$/);
  });

  test('pods that speak no QUIC any more leave TCP alone', async () => {
    await agent.apply(service([]));
    assert.equal(overQuic('port'), '');
    assert.equal(overTcp(), '1.1 200');
    await agent.apply(service(ports));
    assert.match(overQuic('port'), /^930[12]$/);
  });
});
