/**
 * A candidate in a process of its own, to be frozen and killed: argv = kubeconfig, Lease, identity.
 * Prints `gained`, `lost <reason>`, and every 20 ms what `isLeader` says when that changed.
 */

import { createClient } from '../../src/kube/client.ts';
import { kubeConfigAccess, loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { startElection } from '../../src/kube/lease.ts';
import { candidateTiming } from './lease-timing.ts';

const [, , kubeconfig = '', name = '', identity = ''] = process.argv;
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const election = startElection({
  client: createClient({ access: kubeConfigAccess(loadKubeConfig(kubeconfig)) }),
  ...{ namespace: 'default', name, identity, timing: candidateTiming },
  onGained: () => say('gained'),
  onLost: (reason) => say(`lost ${reason}`),
});

let last = false;
setInterval(() => {
  if (election.isLeader() === last) return;
  last = !last;
  say(`isLeader ${last}`);
}, 20);
