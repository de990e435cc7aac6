/** The chart as Helm sees it. Skipped, and said so, where no helm is at hand. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findHelm, renderChart, runHelm } from '../tools/helm.ts';
import { type Manifest, parseManifests } from './api/manifests.ts';

const chart = join(import.meta.dirname, '../helm');
const helm = findHelm() ?? '';
const skip = helm === '' ? 'no helm: set FAIRLEAD_LAB_BIN or run the lab once' : false;

const render = (...set: string[]): Manifest[] => parseManifests(renderChart(helm, chart, set));
const named = (name: string) => (m: Manifest) => `${m.kind}/${m.metadata.name}` === name;

function found(manifests: readonly Manifest[], name: string): Manifest {
  const manifest = manifests.find(named(name));
  assert.ok(manifest !== undefined, `${name} is not rendered`);
  return manifest;
}

/** Every text in an object, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

test('helm lint finds nothing', { skip }, () => {
  assert.match(runHelm(helm, ['lint', '--strict', chart]), /0 chart\(s\) failed/);
});

type Rule = {
  readonly verbs: string[];
  readonly resources: string[];
  readonly apiGroups: string[];
};
const rulesOf = (manifests: readonly Manifest[]): Rule[] =>
  manifests
    .filter((m) => m.kind === 'ClusterRole' || m.kind === 'Role')
    .flatMap((m) => m['rules'] as Rule[]);

test('no role has a wildcard, and one alone reads Secrets, which nobody has unasked', {
  skip,
}, () => {
  const rules = rulesOf(render());
  assert.ok(rules.length > 10);
  for (const rule of rules) assert.ok(!textsIn(rule).includes('*'), JSON.stringify(rule));
  const ofSecrets = rules.filter(({ resources }) => resources.join().includes('secrets'));
  assert.deepEqual(ofSecrets, [
    { apiGroups: [''], resources: ['secrets'], verbs: ['list', 'watch'] },
  ]);
  const bound = (...set: string[]) =>
    render(...set).filter(
      (m) => m.kind.endsWith('Binding') && textsIn(m['roleRef']).includes('fairlead-tls-reader'),
    );
  assert.deepEqual(bound(), []);
  const [binding, ...others] = bound('tls.secretAccess=Cluster');
  assert.deepEqual(others, []);
  assert.deepEqual(binding?.['subjects'], [
    { kind: 'ServiceAccount', name: 'fairlead-agent', namespace: 'fairlead-nodes' },
  ]);
});

test('both namespaces have their Pod Security level', { skip }, () => {
  const level = (namespace: string, set: string[] = []): unknown => {
    const { labels } = found(render(...set), `Namespace/${namespace}`).metadata as unknown as {
      labels: Record<string, string>;
    };
    return labels['pod-security.kubernetes.io/enforce'];
  };
  assert.equal(level('fairlead-system'), 'restricted');
  assert.equal(level('fairlead-nodes'), 'privileged');
  assert.equal(level('edge-nodes', ['namespaces.nodes.name=edge-nodes']), 'privileged');
});

test('a namespace that exists already is not made', { skip }, () => {
  const manifests = render('namespaces.system.create=false');
  assert.equal(manifests.some(named('Namespace/fairlead-system')), false);
  assert.equal(manifests.some(named('Namespace/fairlead-nodes')), true);
});

test('CRDs are kept at uninstall, and left out on request', { skip }, () => {
  const name = 'CustomResourceDefinition/vippools.fairlead.dev';
  const keep = 'helm.sh/resource-policy';
  assert.deepEqual(annotationsOf(found(render(), name)), { [keep]: 'keep' });
  assert.equal(annotationsOf(found(render('crds.keep=false'), name)), undefined);
  assert.equal(render('crds.enabled=false').some(named(name)), false);
});

function annotationsOf(manifest: Manifest): unknown {
  return (manifest.metadata as unknown as { annotations?: unknown }).annotations;
}

type Container = { readonly image: string; readonly args: string[]; readonly [f: string]: unknown };

function containerOf(manifest: Manifest): Container {
  const spec = manifest['spec'] as { template: { spec: { containers: Container[] } } };
  const [container] = spec.template.spec.containers;
  assert.ok(container !== undefined);
  return container;
}

test('the image may be given by tag or by digest, and reaches the pools', { skip }, () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const image = `mirror.example/fairlead@${digest}`;
  const set = ['image.repository=mirror.example/fairlead', `image.digest=${digest}`];
  const manifests = render(...set);
  const controller = containerOf(found(manifests, 'Deployment/fairlead-controller'));
  assert.equal(controller.image, image);
  assert.ok(controller.args.includes(`--image=${image}`));
  assert.equal(containerOf(found(manifests, 'DaemonSet/fairlead-agent')).image, image);
  const tagged = containerOf(found(render('image.tag=dev'), 'DaemonSet/fairlead-agent'));
  assert.equal(tagged.image, 'fairlead.local/fairlead:dev');
});

test('values reach the flags', { skip }, () => {
  const set = ['defaultClass=true', 'apiServers={https://10.0.0.1:6443,https://10.0.0.2:6443}'];
  const manifests = render(...set, 'imagePullSecrets[0].name=mirror');
  const controller = containerOf(found(manifests, 'Deployment/fairlead-controller'));
  const agent = containerOf(found(manifests, 'DaemonSet/fairlead-agent'));
  assert.ok(controller.args.includes('--default-class=true'));
  assert.ok(agent.args.includes('--servers=https://10.0.0.1:6443,https://10.0.0.2:6443'));
  const defaults = controller.args.find((flag) => flag.startsWith('--pool-defaults='));
  assert.deepEqual(JSON.parse(defaults?.split('=').slice(1).join('=') ?? ''), {
    haproxyResources: { requests: { cpu: '200m', memory: '128Mi' } },
    imagePullSecrets: [{ name: 'mirror' }],
    keepalivedResources: { requests: { cpu: '100m', memory: '32Mi' } },
    tolerations: [
      { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
    ],
  });
});

test('the agent is root without its powers', { skip }, () => {
  const agent = found(render(), 'DaemonSet/fairlead-agent');
  assert.deepEqual(containerOf(agent)['securityContext'], {
    runAsUser: 0,
    runAsGroup: 0,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_BIND_SERVICE'] },
  });
});

test('an upgrade replaces as many agents at once as it is told to', { skip }, () => {
  const budget = (...set: string[]) => {
    const { spec } = found(render(...set), 'DaemonSet/fairlead-agent') as unknown as {
      spec: { updateStrategy: { rollingUpdate: unknown } };
    };
    return spec.updateStrategy.rollingUpdate;
  };
  assert.deepEqual(budget(), { maxUnavailable: 1, maxSurge: 0 });
  assert.deepEqual(budget('agent.maxUnavailable=3'), { maxUnavailable: 3, maxSurge: 0 });
  assert.deepEqual(budget('agent.maxUnavailable=10%'), { maxUnavailable: '10%', maxSurge: 0 });
});

test('nothing is privileged, unless the kernel is to be set, and then for one command', {
  skip,
}, () => {
  const templateOf = (...set: string[]) =>
    (found(render(...set), 'DaemonSet/fairlead-agent')['spec'] as { template: { spec: object } })
      .template.spec as { initContainers?: Container[] };
  assert.equal(templateOf().initContainers, undefined);
  const [container, ...more] = templateOf('agent.kernelSettings=Set').initContainers ?? [];
  assert.deepEqual(more, []);
  const command = ['/bin/sh', '-c', 'echo 1 >/proc/sys/net/ipv4/tcp_tw_reuse'];
  assert.deepEqual(container?.['command'], command);
  const admission = (...set: string[]) =>
    textsIn(render(...set)).filter((t) => t.includes('c.name =='));
  assert.equal(admission().length, 0);
  const [exception = ''] = admission('agent.kernelSettings=Set');
  assert.ok(exception.includes(`c.command == ['${command.join("', '")}']`), exception);
});

test('a value that does not exist, or of a wrong kind, is refused by name', { skip }, () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['replica=3', /replica/],
    ['controller.replicas=many', /replicas/],
    ['apiServers={http://10.0.0.1}', /apiServers/],
    ['image.pullPolicy=Sometimes', /pullPolicy/],
    ['agent.httpAddress=eth0', /httpAddress/],
    ['agent.httpAddress=', /httpAddress/],
    ['agent.kernelSettings=Guess', /kernelSettings/],
    ['agent.maxUnavailable=0', /maxUnavailable/],
    ['agent.maxUnavailable=0%', /maxUnavailable/],
    ['agent.maxUnavailable=101%', /maxUnavailable/],
    ['agent.maxUnavailable=half', /maxUnavailable/],
    ['controller.httpAddress=192.0.2.1', /httpAddress/],
  ];
  for (const [value, name] of refused) assert.throws(() => render(value), name, value);
});

/** Answers 200 to /livez alone. */
async function listening(t: TestContext, address: string): Promise<number> {
  const server = createServer((request, answer) => {
    answer.statusCode = request.url === '/livez' ? 200 : 503;
    answer.end('text');
  }).listen(0, address);
  t.after(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Runs a probe as kubelet would: with the container's environment. */
async function exitCode(container: Container, probe: string): Promise<unknown> {
  const { exec } = container[probe] as { exec: { command: string[] } };
  const [program = '', ...args] = exec.command;
  const env = { ...process.env, NODE_ADDRESS: '127.0.0.1' };
  return (await once(spawn(program, args, { stdio: 'ignore', env }), 'exit'))[0];
}

test("the agent's probe succeeds on 200 only", { skip }, async (t) => {
  const port = await listening(t, '127.0.0.1');
  const agent = containerOf(found(render(`agent.httpPort=${port}`), 'DaemonSet/fairlead-agent'));
  assert.equal(await exitCode(agent, 'livenessProbe'), 0);
  assert.equal(await exitCode(agent, 'readinessProbe'), 1);
});

test('the agent listens where it is told, and its probe asks there', { skip }, async (t) => {
  const listens: readonly (readonly [value: string, flag: string, bound: string])[] = [
    ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['NodeAddress', '[$(NODE_ADDRESS)]', '127.0.0.1'],
    ['0.0.0.0', '0.0.0.0', '0.0.0.0'],
    ['::', '[::]', '::'],
    ['::1', '[::1]', '::1'],
  ];
  for (const [value, flag, bound] of listens) {
    const port = await listening(t, bound);
    const set = [`agent.httpAddress=${value}`, `agent.httpPort=${port}`];
    const agent = containerOf(found(render(...set), 'DaemonSet/fairlead-agent'));
    assert.ok(agent.args.includes(`--http-address=${flag}:${port}`), agent.args.join(' '));
    assert.equal(await exitCode(agent, 'livenessProbe'), 0, value);
    // Prometheus finds only targets that it can reach.
    const isOpen = !['127.0.0.1', '::1'].includes(value);
    const ports = isOpen ? [{ name: 'http', containerPort: port }] : undefined;
    assert.deepEqual(agent['ports'], ports, value);
  }
});

test("a NodeAddress is the node's, not a name", { skip }, () => {
  const envOf = (set: string): unknown => {
    const all = containerOf(found(render(set), 'DaemonSet/fairlead-agent'))['env'];
    return (all as { name: string }[]).filter(({ name }) => name.startsWith('NODE_'));
  };
  const flags = '--max-semi-space-size=2 --max-old-space-size=384';
  const options = { name: 'NODE_OPTIONS', value: flags };
  const node = { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } };
  const address = { name: 'NODE_ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } };
  assert.deepEqual(envOf('agent.httpAddress=NodeAddress'), [node, options, address]);
  assert.deepEqual(envOf('agent.httpAddress=127.0.0.1'), [node, options]);
});

test('the controller is asked from outside, or from inside where nobody hears', {
  skip,
}, async (t) => {
  const port = await listening(t, '127.0.0.1');
  const controllerWith = (...set: string[]) =>
    containerOf(found(render(...set), 'Deployment/fairlead-controller'));
  const open = controllerWith();
  assert.ok(open.args.includes('--http-address=:8080'));
  assert.deepEqual(open['ports'], [{ name: 'http', containerPort: 8080 }]);
  const { httpGet } = open['readinessProbe'] as { httpGet: unknown };
  assert.deepEqual(httpGet, { path: '/readyz', port: 'http' });
  const closed = controllerWith('controller.httpAddress=127.0.0.1', `controller.httpPort=${port}`);
  assert.ok(closed.args.includes(`--http-address=127.0.0.1:${port}`));
  assert.equal(await exitCode(closed, 'startupProbe'), 0);
  assert.equal(await exitCode(closed, 'readinessProbe'), 1);
});
