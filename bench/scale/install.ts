import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectionPath, type Manifest, readManifests } from '../../test/api/manifests.ts';
import type { ApiServer } from '../../test/api/server.ts';
import { waitUntil } from '../../test/api/wait-until.ts';

/** What is installed: deploy/install.yaml, as users apply it. */
export type Installed = {
  /** The controller's flags as its Deployment has them. */
  readonly args: readonly string[];
  /** Its environment, without what the kubelet would fill in. */
  readonly env: Readonly<Record<string, string>>;
};

/** Applies deploy/install.yaml and waits until the CRDs are served. */
export async function install(api: ApiServer): Promise<Installed> {
  const manifests = readManifests('deploy/install.yaml');
  const isNamespace = ({ kind }: Manifest) => Number(kind === 'Namespace');
  for (const manifest of manifests.toSorted((a, b) => isNamespace(b) - isNamespace(a))) {
    const { status, body } = await api.call('POST', collectionPath(manifest), manifest);
    const { kind, metadata } = manifest;
    if (status !== 201) throw new Error(`${kind} ${metadata.name}: ${JSON.stringify(body)}`);
  }
  const vips = '/apis/fairlead.dev/v1alpha1/vips';
  await waitUntil('the CRDs are served', async () => (await api.call('GET', vips)).status === 200);
  return controllerOf(manifests);
}

type Container = {
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
};

function controllerOf(manifests: readonly Manifest[]): Installed {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  const spec = deployment?.['spec'] as
    | { template: { spec: { containers: readonly Container[] } } }
    | undefined;
  const [container] = spec?.template.spec.containers ?? [];
  if (container === undefined) throw new Error('deploy/install.yaml has no controller');
  const given = (container.env ?? []).flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { args: container.args, env: Object.fromEntries(given) };
}

/** A controller's own ServiceAccount, as the kubelet mounts it: its RBAC is what counts. */
export type Account = { readonly folder: string; readonly server: URL };

/** A folder with a token of the controller's account, and the CA. */
export async function controllerAccount(api: ApiServer): Promise<Account> {
  const account = 'namespaces/fairlead-system/serviceaccounts/fairlead-controller';
  const spec = { spec: { expirationSeconds: 3_600 } };
  const { status, body } = await api.call('POST', `/api/v1/${account}/token`, spec);
  if (status !== 201) throw new Error(`the controller's token: ${JSON.stringify(body)}`);
  const { token } = body['status'] as { token: string };
  const folder = `${api.kubeconfig()}-controller`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
  writeFileSync(join(folder, 'ca.crt'), api.ca, { mode: 0o600 });
  return { folder, server: new URL(api.url) };
}
