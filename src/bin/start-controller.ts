import { clusterAccess } from '../kube/access.ts';
import { resourceOfPath } from '../kube/api-path.ts';
import { createClient } from '../kube/client.ts';
import { type ControllerProcess, startControllerProcess } from '../loop/controller-process.ts';
import { parseHttpAddress, serveHttp } from '../observe/http.ts';
import { createLogger } from '../observe/log.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { metrics as table } from '../tables/metrics.ts';
import { controllerFlags, parseControllerFlags } from './controller-flags.ts';
import { readFlags } from './flags.ts';
import { garbageCollector, settleForLittleMemory } from './memory-settings.ts';
import { ownPod } from './own-pod.ts';
import { onSignals } from './process-end.ts';
import { serverList } from './server-list.ts';

// Not imported, for that would load undici as well (ADR 0023).
const crypto = process.getBuiltinModule('node:crypto');

/**
 * Runs a controller until a signal ends the process; of several only the leader decides and writes.
 */
export async function startController(args: string[]): Promise<void> {
  settleForLittleMemory();
  const settings = parseControllerFlags(readFlags('controller', controllerFlags, args));
  const identity = `${settings.identity}_${crypto.randomBytes(4).toString('hex')}`;
  const log = createLogger(settings.logLevel, { component: 'controller', identity });
  const metrics = createMetrics();
  const access = await clusterAccess(settings.kubeconfig, ownPod);
  const { namespace, leaseName, leaseTiming, isDefaultClass } = settings;
  const controller = startControllerProcess({
    ...{ identity, namespace, leaseName, leaseTiming, isDefaultClass, log, metrics },
    poolPods: {
      namespace: settings.nodesNamespace,
      image: settings.image,
      imagePullPolicy: settings.imagePullPolicy,
      defaults: settings.poolDefaults,
    },
    collectGarbage: garbageCollector(6),
    connect: () =>
      createClient({
        access,
        ...serverList(settings.servers),
        onCall: ({ method: verb, path, code }) =>
          metrics.counter(table.apiRequests).inc({ verb, resource: resourceOfPath(path), code }),
      }),
    onLost: () => process.exit(1),
  });
  await serveHealth(settings.httpAddress, controller, metrics);
  log.info('controller-started', { address: settings.httpAddress });
  onSignals(log, controller.stop);
}

async function serveHealth(
  address: string,
  { isLeader, isSynced, missing }: ControllerProcess,
  metrics: Metrics,
): Promise<void> {
  await serveHttp(parseHttpAddress(address), {
    alive: () => true,
    ready: () => ({ ready: isSynced(), why: `waiting for ${missing().join(', ')}` }),
    metrics: () => {
      metrics.gauge(table.synced).set(isSynced() ? 1 : 0);
      metrics.gauge(table.leader).set(isLeader() ? 1 : 0);
      return metrics.text();
    },
  });
}
