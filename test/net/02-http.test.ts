/** HTTP mode over TLS with the clients people have: gRPC, WebSockets, browsers with cookies. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Authority } from '../lab/certificates.ts';
import type { LabClient } from '../lab/client.ts';
import { fairleadImage } from '../lab/image-names.ts';
import type { Lab } from '../lab/lab.ts';
import { grantTls, tlsSecret } from '../lab/story/tls.ts';
import { waitFor } from '../lab/wait-for.ts';
import { apply, ownNamespace, servingLab } from './cluster.ts';
import { addressesOf, webDeployment, webService } from './web.ts';

const servedSeconds = 60;

test('gRPC, WebSockets and cookies pass, with TLS ended on the VIP', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'http');
  using authority = new Authority();
  const names = ['grpc.test', 'socket.test', 'cookie.test'];
  await grantTls(lab, namespace);
  await apply(lab, tlsSecret({ namespace, name: 'all' }, authority.issue(names)));
  const client = await lab.client('others');
  await t.test('gRPC', () => grpc(lab, client, namespace));
  await t.test('WebSocket', () => webSocket(lab, client, namespace));
  await t.test('cookie', () => cookie(lab, client, namespace));
});

const tls = { 'fairlead.dev/tls-secrets': 'all' };
const https = (appProtocol: string, targetPort: number) => ({
  ports: [{ name: 'https', port: 443, appProtocol, targetPort }],
});

/**
 * agnhost's gRPC health service, asked by HTTP/2 frames as every gRPC client sends them. HAProxy
 * asks it as well, on the port of gRPC only, so a pod that says NOT_SERVING gets nobody.
 */
async function grpc(lab: Lab, client: LabClient, namespace: string): Promise<void> {
  const annotations = { ...tls, 'fairlead.dev/health-check.443': 'GRPC' };
  const of = { name: 'grpc', namespace, annotations };
  const args = ['grpc-health-checking', '--port=5000', '--http-port=8080'];
  const deployment = withPod(webDeployment(of, { args, replicas: 1 }), withoutProbe);
  const { ports } = https('kubernetes.io/h2c', 5000);
  const control = { name: 'control', port: 8080 };
  await apply(lab, webService(of, { ports: [...ports, control] }), deployment);
  const [address = ''] = await addressesOf(lab, of, 2);
  const says = (wanted: string) =>
    waitFor({ what: `gRPC to say ${wanted}`, boundSeconds: servedSeconds }, async () => {
      const said = await script(client, 'grpc-client.ts', address, 'grpc.test');
      return said.startsWith(wanted) || said;
    });
  const make = (state: string) =>
    waitFor({ what: `the pod to take ${state}`, boundSeconds: servedSeconds }, async () => {
      const url = `http://${address}:8080/${state}`;
      return await client.exec(['curl', '-fsS', '-m', '5', url]).then(() => true, String);
    });
  await says('grpc-status 0, SERVING');
  await make('make-not-serving');
  // The pod itself would answer with a message; this is HAProxy's own page, in hexadecimal.
  await says(`grpc-status none, ${Buffer.from('<html><body><h1>503').toString('hex')}`);
  await make('make-serving');
  await says('grpc-status 0, SERVING');
}

/** A server of a few lines on the Node that the image has, and Node's own client. */
async function webSocket(lab: Lab, client: LabClient, namespace: string): Promise<void> {
  const of = { name: 'socket', namespace, annotations: tls };
  const program = await readFile(join(import.meta.dirname, 'web-socket-server.mjs'), 'utf8');
  const container = {
    ...{ name: 'web', image: fairleadImage, imagePullPolicy: 'Never' },
    command: ['/usr/local/bin/node', '--input-type=module', '-e', program],
  };
  const deployment = withPod(webDeployment(of), () => ({ containers: [container] }));
  await apply(lab, webService(of, https('kubernetes.io/ws', 8080)), deployment);
  const [address = ''] = await addressesOf(lab, of, 2);
  await waitFor({ what: 'the WebSocket to echo', boundSeconds: servedSeconds }, async () => {
    const said = await script(client, 'web-socket-client.ts', address, 'socket.test');
    return said === 'echo hello' || said;
  });
}

async function cookie(lab: Lab, client: LabClient, namespace: string): Promise<void> {
  const annotations = { ...tls, 'fairlead.dev/session-cookie': 'KEPT' };
  const of = { name: 'cookie', namespace, annotations };
  await apply(lab, webService(of, https('https', 8080)), webDeployment(of, { replicas: 3 }));
  const [address = ''] = await addressesOf(lab, of, 2);
  const to = ['--resolve', `cookie.test:443:${address}`, 'https://cookie.test/hostname'];
  const ask = async (...more: string[]) =>
    await client.exec(['curl', '-ksS', '-m', '5', '-i', ...more, ...to]).catch(() => '');
  await waitFor({ what: 'three replicas to answer', boundSeconds: servedSeconds }, async () => {
    const seen = new Set<string>();
    for (let times = 0; times < 9; times += 1) seen.add((await ask()).split('\n').at(-1) ?? '');
    return (seen.size === 3 && !seen.has('')) || [...seen].join();
  });
  const first = await ask();
  const value = /^set-cookie: (KEPT=\S+); path=\/; HttpOnly; Secure/im.exec(first)?.[1] ?? '';
  assert.notEqual(value, '', first);
  for (let times = 0; times < 6; times += 1) {
    assert.equal((await ask('-b', value)).split('\n').at(-1), first.split('\n').at(-1));
  }
}

/** The Deployment with another pod spec, made of its own. */
function withPod(deployment: object, change: (spec: object) => object): object {
  const { spec, ...rest } = deployment as { spec: { template: { spec: object } } };
  const template = { ...spec.template, spec: change(spec.template.spec) };
  return { ...rest, spec: { ...spec, template } };
}

function withoutProbe(spec: object): object {
  const { containers } = spec as { containers: readonly { readinessProbe?: object }[] };
  return { ...spec, containers: containers.map(({ readinessProbe: _, ...rest }) => rest) };
}

/** What a client program of this folder prints. */
async function script(
  client: LabClient,
  file: string,
  ...words: readonly string[]
): Promise<string> {
  const program = [process.execPath, join(import.meta.dirname, file), ...words];
  return (await client.exec(program, { timeoutSeconds: 20 }).catch(String)).trim();
}
