import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterAccess } from './credentials.ts';

/** Where the kubelet mounts a pod's ServiceAccount, and renews it. */
export const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What says that the process runs in a pod, and where its API server is. */
export type PodSurroundings = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
};

/** Whether a pod's own account is what to use: nobody names another one. */
export function isInPod({ env, folder }: PodSurroundings): boolean {
  const isElsewhere = env['KUBECONFIG'] || existsSync(join(env['HOME'] ?? '/', '.kube/config'));
  return !isElsewhere && !!env['KUBERNETES_SERVICE_HOST'] && existsSync(join(folder, 'token'));
}

/**
 * A pod's ServiceAccount, read without client-node, which would cost every pod nine mebibytes for
 * what is a token and a certificate.
 */
export function podAccess({ env, folder }: PodSurroundings): ClusterAccess {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    read: async () => {
      const [token, ca] = await Promise.all(
        ['token', 'ca.crt'].map((name) => readFile(join(folder, name), 'utf8')),
      );
      const tls = { ca: ca ?? '' };
      const headers = { authorization: `Bearer ${(token ?? '').trim()}` };
      return { headers, tls, tlsKey: JSON.stringify(tls) };
    },
  };
}
