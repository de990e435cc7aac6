import { accountFolder, type PodSurroundings } from '../kube/pod-access.ts';

/** What this process finds if it runs in a pod. */
export const ownPod: PodSurroundings = { env: process.env, folder: accountFolder };
