import { binaries } from '../lab/binaries.ts';

export type ApiBinaries = {
  readonly etcd: string;
  readonly apiserver: string;
  readonly kubectl: string;
};

/** The lab's own: KUBEBUILDER_ASSETS, FAIRLEAD_LAB_BIN, the cache; built where none has them. */
export async function apiBinaries(): Promise<ApiBinaries> {
  const found = await binaries(['etcd', 'kube-apiserver', 'kubectl']);
  return { etcd: found.etcd, apiserver: found['kube-apiserver'], kubectl: found.kubectl };
}
