import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { pool } from '../test/lab/story/fairlead.ts';
import type { Scene } from '../test/lab/story/step.ts';
import { answers } from '../test/lab/story/step-programmed.ts';
import { holderOf, kubeJson, type List, published } from '../test/lab/story/view.ts';
import { waitFor } from '../test/lab/wait-for.ts';
import { type Measured, record } from './summary.ts';

const name = 'bench-endpoint';

/**
 * From the moment an EndpointSlice change is sent to the API server until HAProxy on the VIP's node
 * has the server: the slice's one address goes to and fro between two pods.
 */
export async function endpointToHaproxy(scene: Scene, runs: number): Promise<Measured> {
  const { lab } = scene;
  const [first = '', second = ''] = await webPodAddresses(scene);
  await lab.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(objects(first)) });
  const address = await firstAddress(scene);
  await answers(scene, { address, port: 80 });
  const holder = await holderOf(lab, address);
  const backend = `default_${name}_80_${address}`;
  const api = await startProxy(lab.kubectlCommand(['proxy', '--port=0']));
  const haproxy = await startProber(
    await holder.command([process.execPath, '-e', prober, socketPath, backend]),
  );
  const measured: Measured = {};
  try {
    for (let run = 1; run <= runs; run += 1) {
      const next = run % 2 === 1 ? second : first;
      const sentMs = Date.now();
      await patch(api.url, next);
      const seenMs = await haproxy.sees(next);
      record(measured, 'endpoint change to HAProxy, ms', seenMs - sentMs);
    }
    return measured;
  } finally {
    api.child.kill();
    haproxy.child.kill();
    await lab.kubectl(['delete', 'service,endpointslice', name, '--timeout=60s']);
  }
}

const socketPath = `/run/fairlead/${pool}/haproxy/cli.sock`;

/**
 * Asks HAProxy every 5 ms for the backend's servers and prints the time when the answer changes.
 */
const prober = `
  const { connect } = require('node:net');
  const [path, backend] = process.argv.slice(1);
  let last = '';
  setInterval(() => {
    let text = '';
    const socket = connect(path, () => socket.write('show servers state ' + backend + '\\n'));
    socket.on('error', () => {});
    socket.on('data', (piece) => (text += piece));
    socket.on('end', () => {
      const rows = text.split('\\n').filter((row) => /^\\d+ \\S+ \\d+ /.test(row));
      // Address and administrative state: a server that is drained or in maintenance is not in use.
      const fields = rows.map((row) => row.split(' '));
      const servers = fields.filter((row) => row[6] === '0').map((row) => row[4]);
      const now = servers.toSorted().join(',');
      if (now !== last) console.log(Date.now() + ' ' + now);
      last = now;
    });
  }, 5);`;

type Prober = { readonly child: ChildProcess; sees(address: string): Promise<number> };

async function startProber(argv: readonly string[]): Promise<Prober> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let latest: readonly [number, string] = [0, ''];
  lines(child).on('line', (line) => {
    const [ms = '', servers = ''] = line.split(' ');
    latest = [Number(ms), servers];
  });
  const sees = async (address: string): Promise<number> => {
    const what = `HAProxy to have the server ${address}`;
    await waitFor({ what, boundSeconds: 20, everyMs: 5 }, async () =>
      latest[1].split(',').includes(address) ? true : latest[1],
    );
    return latest[0];
  };
  return { child, sees };
}

type Proxy = { readonly child: ChildProcess; readonly url: string };

async function startProxy(argv: readonly string[]): Promise<Proxy> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(lines(child), 'line')) as [string];
  return { child, url: `http://${line.split(' ').at(-1)}` };
}

function lines(child: ChildProcess): Interface {
  if (child.stdout === null) throw new Error('the child has no stdout');
  return createInterface({ input: child.stdout });
}

async function patch(url: string, address: string): Promise<void> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/${name}`;
  const answer = await fetch(`${url}${path}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ endpoints: [endpoint(address)] }),
  });
  if (!answer.ok) throw new Error(`PATCH of the EndpointSlice: ${await answer.text()}`);
}

function endpoint(address: string): object {
  return { addresses: [address], conditions: { ready: true, serving: true, terminating: false } };
}

/** A Service without a selector, and its EndpointSlice: nobody but the bench writes it. */
function objects(address: string): object {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'fairlead.dev/vip',
      allocateLoadBalancerNodePorts: false,
      ports: [{ name: 'http', port: 80, targetPort: 8080 }],
    },
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [endpoint(address)],
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
  };
  return { apiVersion: 'v1', kind: 'List', items: [service, slice] };
}

type RawPod = { readonly status: { readonly podIP?: string } };

async function webPodAddresses({ lab }: Scene): Promise<string[]> {
  const pods = await kubeJson<List<RawPod>>(lab, ['get', 'pods', '-l', 'app=web']);
  return pods.items.flatMap(({ status }) => (status.podIP === undefined ? [] : [status.podIP]));
}

async function firstAddress({ lab }: Scene): Promise<string> {
  let address: string | undefined;
  await waitFor({ what: 'an address', boundSeconds: 60 }, async () => {
    [address] = (await published(lab, name)).addresses;
    return address === undefined ? 'none' : true;
  });
  return address ?? '';
}
