import { randomBytes } from 'node:crypto';
import { createClient } from '../kube/client.ts';
import { loadKubeConfig } from '../kube/credentials.ts';
import { createRecorder } from '../kube/events.ts';
import { type Election, startElection } from '../kube/lease.ts';
import { Controller } from '../loop/controller.ts';
import { type ControllerKinds, controllerKinds } from '../loop/controller-kinds.ts';
import { startWatches } from '../loop/watches.ts';
import { parseHttpAddress, serveHttp } from '../observe/http.ts';
import { createLogger } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { metrics as table } from '../tables/metrics.ts';
import { controllerFlags, parseControllerFlags } from './controller-flags.ts';
import { readFlags } from './flags.ts';
import { onSignals } from './process-end.ts';
import { serverList } from './server-list.ts';

/**
 * Runs a controller until a signal ends the process; of several only the leader decides and writes.
 */
export async function startController(args: string[]): Promise<void> {
  const settings = parseControllerFlags(readFlags('controller', controllerFlags, args));
  const identity = `${settings.identity}_${randomBytes(4).toString('hex')}`;
  const log = createLogger(settings.logLevel, { component: 'controller', identity });
  const metrics = createMetrics();
  const connect = () =>
    createClient({
      config: loadKubeConfig(settings.kubeconfig || undefined),
      ...serverList(settings.servers),
      onCall: ({ method, code }) => metrics.counter(table.apiRequests).inc({ verb: method, code }),
    });
  const client = connect();
  const recorder = createRecorder({
    client,
    reporter: { controller: 'fairlead.dev/controller', instance: identity },
  });
  const wake = () => controller.wake();
  const kinds = controllerKinds(settings.nodesNamespace, Date.now);
  const watches = startWatches<ControllerKinds>({ client, kinds, wake, log });
  const isLeader = () => election?.isLeader() ?? false;
  const controller = new Controller({
    ...{ client, watches, isLeader, recorder, log, metrics },
    isDefaultClass: settings.isDefaultClass,
    poolPods: {
      namespace: settings.nodesNamespace,
      image: settings.image,
      imagePullPolicy: settings.imagePullPolicy,
      defaults: settings.poolDefaults,
    },
  });
  // A stuck stream of the watches must not block renewals: the Lease has a connection of its own.
  let election: Election | undefined;
  const leaseClient = connect();
  election = startElection({
    client: leaseClient,
    ...{ namespace: settings.namespace, name: settings.leaseName, identity },
    timing: settings.leaseTiming,
    onGained: () => {
      log.info('leader-gained');
      controller.wake();
    },
    onLost: (why) => {
      log.error('leader-lost', { why });
      process.exit(1);
    },
    onFailure: (error) => log.warn('lease-failed', { error: error.message }),
  });
  const elected = election;
  await serveHttp(parseHttpAddress(settings.httpAddress), {
    alive: () => true,
    ready: () => ({
      ready: watches.isSynced(),
      why: `waiting for ${watches.missing().join(', ')}`,
    }),
    metrics: () => {
      metrics.gauge(table.synced).set(watches.isSynced() ? 1 : 0);
      metrics.gauge(table.leader).set(isLeader() ? 1 : 0);
      return metrics.text();
    },
  });
  log.info('controller-started', { address: settings.httpAddress });
  onSignals(log, () => stop({ controller, elected, others: [client, leaseClient], watches }));
}

type Parts = {
  readonly controller: Controller;
  readonly elected: Election;
  readonly watches: { stop(): Promise<void> };
  readonly others: readonly { close(): Promise<void> }[];
};

/** Writes end first, then the Lease is released, so that the other replica takes over at once. */
async function stop({ controller, elected, watches, others }: Parts): Promise<void> {
  await controller.stop();
  await elected.stop();
  await watches.stop();
  await Promise.all(others.map((other) => other.close()));
}
