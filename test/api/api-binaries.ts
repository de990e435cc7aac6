import { binaries } from '../lab/binaries.ts';

export type ApiBinaries = {
  readonly etcd: string;
  readonly apiserver: string;
  readonly kubectl: string;
};

/** Which kube-apiserver the tests run on: today's, or the oldest that Fairlead supports. */
export type ApiServerAge = 'newest' | 'oldest';

/** From FAIRLEAD_API_SERVER; a run of all tests goes through them once with each. */
export function apiServerAge(): ApiServerAge {
  const age = process.env['FAIRLEAD_API_SERVER'] ?? 'newest';
  if (age === 'newest' || age === 'oldest') return age;
  throw new Error(`FAIRLEAD_API_SERVER is "${age}"; write newest or oldest`);
}

/** The lab's own: KUBEBUILDER_ASSETS, FAIRLEAD_LAB_BIN, the cache; built where none has them. */
export async function apiBinaries(): Promise<ApiBinaries> {
  const apiserver = apiServerAge() === 'oldest' ? 'kube-apiserver-oldest' : 'kube-apiserver';
  const found = await binaries(['etcd', apiserver, 'kubectl']);
  return { etcd: found.etcd, apiserver: found[apiserver], kubectl: found.kubectl };
}
