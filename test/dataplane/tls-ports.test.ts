// tls-ports, from the annotations of a Service to what clients are offered, with curl and openssl.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { desiredFrontends } from '../../src/desired/desired-frontends.ts';
import type { EndpointSlice, ServicePort, Vip } from '../../src/model/objects.ts';
import { vipName } from '../../src/net/format-address.ts';
import { parseAddress } from '../../src/net/parse-address.ts';
import { keyFile } from '../../src/tables/key-file.ts';
import { aPool, aService } from '../build/cluster.ts';
import { Authority } from '../lab/certificates.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const served = [443, 8443, 9443];

suite('tls-ports of a Service of three ports', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let authority: Authority;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    authority = new Authority();
    writeFileSync(join(rig.directory, 'ca.crt'), authority.certificate);
    const pods = join(import.meta.dirname, 'web-pods.ts');
    rig.start(rig.client, process.execPath, pods, 'http', rig.directory, '9271');
    agent = await rig.serve(node);
  });
  after(() => {
    rig.close();
    authority[Symbol.dispose]();
  });

  async function apply(annotations: Readonly<Record<string, string>>): Promise<void> {
    const { certificate, key } = authority.issue(['shop.test']);
    const secret = { kind: 'certificate', namespace: 'shop', secret: 'shop-tls' } as const;
    const file = { kind: 'certificate', file: keyFile(secret), text: certificate + key } as const;
    const wanted = desiredFor(node, rig.nodes, frontendsOf(annotations));
    assert.deepEqual((await agent.apply(wanted, [file])).refusals, []);
    await until('the VIP is held', () => rig.holders(vip4).length === 1);
  }

  const curl = (scheme: 'http' | 'https', port: number): string => {
    const to = [
      '--resolve',
      `shop.test:${port}:${vip4}`,
      '--cacert',
      join(rig.directory, 'ca.crt'),
    ];
    const words = ['-s', '-m', '5', ...to, '-o', '/dev/null', '-w', '%{http_code}'];
    try {
      return rig.run(rig.client, 'curl', ...words, `${scheme}://shop.test:${port}/`);
    } catch {
      return '';
    }
  };
  /** Whose certificate a port shows; '' where nobody speaks TLS. */
  const subject = (port: number): string => {
    const ask = `echo | openssl s_client -connect ${vip4}:${port} -servername shop.test 2>/dev/null`;
    const name = `${ask} | openssl x509 -noout -subject 2>/dev/null; exit 0`;
    return rig.run(rig.client, 'sh', '-c', name).trim();
  };

  async function endsTlsOn(ports: readonly number[]): Promise<void> {
    const ofPort = (port: number) => [curl('https', port), curl('http', port), subject(port)];
    await until('the first is served', () => curl('https', ports[0] ?? 0) === '200');
    for (const port of served) {
      const [secure, plain, name] = ofPort(port);
      const isTls = ports.includes(port);
      assert.deepEqual([secure === '200', plain === '200'], [isTls, !isTls], `port ${port}`);
      assert.match(name ?? '', isTls ? /CN ?= ?shop\.test/ : /^$/, `port ${port}`);
    }
  }

  const secret = { 'fairlead.dev/tls-secrets': 'shop-tls' };

  test('TLS is ended on two of three ports, and the third passes bytes', async () => {
    await apply({ ...secret, 'fairlead.dev/tls-ports': '443, 9443' });
    await endsTlsOn([443, 9443]);
  });

  test('other ports are named, and the one before speaks plain', async () => {
    await apply({ ...secret, 'fairlead.dev/tls-ports': '8443' });
    await endsTlsOn([8443]);
  });

  test('without tls-ports it is 443', async () => {
    await apply(secret);
    await endsTlsOn([443]);
  });
});

/** What a node makes of the Service. */
function frontendsOf(annotations: Readonly<Record<string, string>>) {
  const parsed = parseAddress(vip4);
  assert.ok(parsed.ok);
  const ports = served.map((port): ServicePort => ({ name: `p${port}`, protocol: 'TCP', port }));
  const service = { ...aService('shop/web'), annotations, ports };
  const holder = { ...{ namespace: 'shop', name: 'web', uid: service.uid }, ports };
  const vip = {
    ...{ name: vipName(parsed.value), uid: 'v', pool: 'edge', instance: 'i', phase: 'Held' },
    address: parsed.value,
    ...{ holders: [{ ...holder, leavingSinceMs: undefined }], next: undefined },
  } as unknown as Vip;
  const slice: EndpointSlice = {
    ...{ namespace: 'shop', name: 'web-1', service: 'web', family: 'IPv4' },
    ports: ports.map((each) => ({ ...each, port: 9271 })),
    endpoints: [
      { address: '10.99.0.1', ready: true, serving: true, terminating: false, node: 'n2' },
    ],
  };
  return desiredFrontends([vip], {
    services: new Map([['shop/web', service]]),
    slicesOf: new Map([['shop/web', [slice]]]),
    pools: new Map([['edge', aPool('edge', [vip4])]]),
    ...{ place: { node: 'n1', zone: undefined }, vipNames: new Set<string>() },
  }).frontends;
}
