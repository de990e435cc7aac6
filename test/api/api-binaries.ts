import { existsSync } from 'node:fs';
import { join } from 'node:path';

export type ApiBinaries = {
  readonly etcd: string;
  readonly apiserver: string;
  /** Absent where a folder of envtest binaries came without it. */
  readonly kubectl?: string;
};

/** From KUBEBUILDER_ASSETS, then FAIRLEAD_LAB_BIN. */
export async function apiBinaries(): Promise<ApiBinaries> {
  for (const variable of ['KUBEBUILDER_ASSETS', 'FAIRLEAD_LAB_BIN']) {
    const folder = process.env[variable];
    if (folder !== undefined && folder !== '') return fromFolder(folder, variable);
  }
  throw new Error('no kube-apiserver: set KUBEBUILDER_ASSETS or FAIRLEAD_LAB_BIN');
}

function fromFolder(folder: string, variable: string): ApiBinaries {
  // Built from its Go module, etcd's program is named `server`.
  const etcd = firstOf(folder, ['etcd', 'server']);
  const apiserver = firstOf(folder, ['kube-apiserver']);
  const kubectl = firstOf(folder, ['kubectl']);
  if (etcd === undefined || apiserver === undefined) {
    throw new Error(
      `${variable}=${folder} lacks ${etcd === undefined ? 'etcd' : 'kube-apiserver'}`,
    );
  }
  return { etcd, apiserver, ...(kubectl === undefined ? {} : { kubectl }) };
}

function firstOf(folder: string, names: readonly string[]): string | undefined {
  return names.map((name) => join(folder, name)).find((path) => existsSync(path));
}
