/** `kubectl fairlead top` as a person runs it: agents that listen on their loopback only. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { parse, stringify } from 'yaml';
import type { TopReport } from '../../src/explain/top-report.ts';
import { type CommandOutcome, outcomeOf } from '../lab/command.ts';
import type { Lab } from '../lab/lab.ts';
import { inLab } from '../lab/names.ts';
import { readerCommands } from '../lab/reader.ts';
import { holderOf } from '../lab/story/view.ts';
import { webUrl } from '../lab/web-url.ts';
import { apply, ownNamespace, servingLab } from './cluster.ts';
import { servedWeb } from './web.ts';

async function top(lab: Lab, words: string, kubeconfig = lab.kubeconfig): Promise<CommandOutcome> {
  const path = `${await readerCommands(lab)}:${process.env['PATH'] ?? ''}`;
  const env = { PATH: path, KUBECONFIG: kubeconfig };
  return outcomeOf(['kubectl', 'fairlead', 'top', ...words.split(' ')], { env });
}

test('top shows what a Service carries now, and on which node', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'busy');
  const [address = ''] = await servedWeb(lab, { name: 'shop', namespace });
  const holder = await holderOf(lab, address);
  const client = await lab.client('others');
  const loop = `while :; do curl -sS -g -m 5 -o /dev/null '${webUrl(address, 80)}'; sleep 0.05; done`;
  const load = outcomeOf(client.command(['timeout', '20', 'sh', '-c', loop]));
  const asked = await top(lab, `-n ${namespace} --seconds 3 -o json`);
  assert.deepEqual([asked.status, asked.stderr], [0, ''], asked.stdout);
  const { rows, unread } = JSON.parse(asked.stdout) as TopReport;
  assert.deepEqual(unread, []);
  const [row] = rows;
  assert.deepEqual([rows.length, row?.name, row?.nodes], [1, `${namespace}/shop`, [holder.name]]);
  assert.ok((row?.connectionsPerSecond ?? 0) > 1, asked.stdout);
  assert.ok((row?.sentBytesPerSecond ?? 0) > 100, asked.stdout);
  assert.equal(row?.failedConnectionsPerSecond, 0);
  const byNode = await top(lab, '--by node -o wide --seconds 1');
  assert.match(byNode.stdout, new RegExp(`^NODE .*\\n(.*\\n)*${holder.name} `), byNode.stderr);
  await load;
});

test('who may not forward ports is told which Role allows it, and that Role suffices', async (t) => {
  const lab = await servingLab();
  const kubeconfig = await asSomebody(t, lab, 'watcher');
  const refused = await top(lab, '--seconds 1', kubeconfig);
  assert.deepEqual([refused.status, refused.stdout], [3, '']);
  assert.match(
    refused.stderr,
    /may not list pods in namespace fairlead-nodes; Role fairlead-traff/,
  );
  await grant(lab, { role: 'lister', user: 'watcher' }, ['pods:list']);
  const lister = await top(lab, '--seconds 1', kubeconfig);
  assert.equal(lister.status, 3, lister.stdout);
  assert.match(
    lister.stderr,
    /may not get pods\/portforward and create pods\/portforward in namesp/,
  );
  await grant(lab, { role: 'fairlead-traffic-viewer', user: 'watcher' });
  const allowed = await top(lab, '--seconds 1', kubeconfig);
  assert.deepEqual([allowed.status, allowed.stderr], [0, ''], allowed.stdout);
});

const nodes = 'fairlead-nodes';
const rbac = 'rbac.authorization.k8s.io';

/** A ServiceAccount without any right, removed with what it was granted; answers a kubeconfig. */
async function asSomebody(t: TestContext, lab: Lab, name: string): Promise<string> {
  const metadata = { name, namespace: 'default' };
  await apply(lab, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  t.after(async () => {
    await lab.kubectl(['delete', 'serviceaccount', name]);
    await lab.kubectl(['delete', 'rolebinding,role', '-n', nodes, '-l', `for=${name}`]);
  });
  const token = (await lab.kubectl(['create', 'token', name])).trim();
  const config = parse(await readFile(lab.kubeconfig, 'utf8')) as { users: { user: object }[] };
  const file = inLab(lab.names, `${name}.conf`);
  const users = config.users.map((each) => ({ ...each, user: { token } }));
  await writeFile(file, stringify({ ...config, users }), { mode: 0o600 });
  return file;
}

/** Binds a Role of the agents' namespace; with rights given it is made for the occasion. */
async function grant(
  lab: Lab,
  { role, user }: { readonly role: string; readonly user: string },
  rights?: readonly string[],
): Promise<void> {
  const metadata = { name: role, namespace: nodes, labels: { for: user } };
  const rules = rights?.map((right) => {
    const [resource, verb] = right.split(':');
    return { apiGroups: [''], resources: [resource], verbs: [verb] };
  });
  const own = { apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules };
  if (rules !== undefined) await apply(lab, own);
  await apply(lab, {
    ...{ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata },
    roleRef: { apiGroup: rbac, kind: 'Role', name: role },
    subjects: [{ kind: 'ServiceAccount', name: user, namespace: 'default' }],
  });
}
