import type { ClusterAccess } from './credentials.ts';
import { isInPod, type PodSurroundings, podAccess } from './pod-access.ts';

/**
 * The given kubeconfig file; without one the pod's own account, or what kubectl would use.
 * client-node is loaded only where a kubeconfig is to be read. Throws when that cannot be done.
 */
export async function clusterAccess(
  kubeconfig: string,
  pod: PodSurroundings,
): Promise<ClusterAccess> {
  if (kubeconfig === '' && isInPod(pod)) return podAccess(pod);
  const { kubeConfigAccess, loadKubeConfig } = await import('./kubeconfig.ts');
  return kubeConfigAccess(loadKubeConfig(kubeconfig || undefined));
}
