import type { KubeClient } from '../kube/client.ts';
import { type Surroundings, systemClock } from '../kube/clock.ts';
import { createRecorder, type Recorder } from '../kube/events.ts';
import { type Election, type ElectionTiming, startElection } from '../kube/lease.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { PoolPodSettings } from '../status/pool-daemonset.ts';
import { Controller } from './controller.ts';
import { type ControllerKinds, controllerKinds } from './controller-kinds.ts';
import { OwnWrites } from './own-writes.ts';
import { startWatches, type Watches } from './watches.ts';

export type ControllerProcessOptions = Surroundings & {
  /** Unique per process, e.g. pod name and a random suffix. */
  readonly identity: string;
  /** Namespace and name of the leader Lease. */
  readonly namespace: string;
  readonly leaseName: string;
  readonly leaseTiming: ElectionTiming;
  readonly isDefaultClass: boolean;
  readonly poolPods: PoolPodSettings;
  readonly collectGarbage?: () => void;
  /** A new client of the API: this makes two. */
  readonly connect: () => KubeClient;
  /** It led and does no more: the process must end. */
  readonly onLost: (why: string) => void;
  readonly log: Logger;
  readonly metrics: Metrics;
};

/** A whole controller, leader election included. */
export type ControllerProcess = {
  readonly isLeader: () => boolean;
  readonly isSynced: () => boolean;
  /** Kinds that have not synced yet. */
  readonly missing: () => readonly string[];
  /** Writes end first, then the Lease is released, so that the other replica takes over at once. */
  readonly stop: () => Promise<void>;
};

/**
 * Starts everything a controller is made of; of several processes only the leader decides and
 * writes.
 */
export function startControllerProcess(options: ControllerProcessOptions): ControllerProcess {
  const { identity, clock = systemClock, random, log, metrics } = options;
  const client = options.connect();
  const reporter = { controller: 'fairlead.dev/controller', instance: identity };
  const recorder = createRecorder({ client, reporter, clock, random });
  const wake = () => controller.wake();
  const written = new OwnWrites();
  const kinds = controllerKinds(options.poolPods.namespace, clock.wallMs, written);
  const watches = startWatches<ControllerKinds>({ client, kinds, wake, log, clock, random });
  const isLeader = () => election.isLeader();
  const { isDefaultClass, poolPods, collectGarbage } = options;
  const controller = new Controller({
    ...{ client, watches, written, isLeader, recorder, log, metrics },
    ...{ clock, isDefaultClass, poolPods, collectGarbage },
  });
  // A stuck stream of the watches must not block renewals: the Lease has a connection of its own.
  const leaseClient = options.connect();
  const election = elect(options, leaseClient, wake);
  const parts = { controller, election, watches, recorder, clients: [client, leaseClient] };
  return {
    isLeader,
    isSynced: watches.isSynced,
    missing: watches.missing,
    stop: () => stop(parts),
  };
}

function elect(options: ControllerProcessOptions, client: KubeClient, wake: () => void): Election {
  const { namespace, leaseName: name, identity, leaseTiming: timing, log } = options;
  return startElection({
    ...{ client, namespace, name, identity, timing },
    ...{ clock: options.clock, random: options.random },
    onGained: () => {
      log.info('leader-gained');
      wake();
    },
    onLost: (why) => {
      log.error('leader-lost', { why });
      options.onLost(why);
    },
    onFailure: (error) => log.warn('lease-failed', { error: error.message }),
  });
}

type Parts = {
  readonly controller: Controller;
  readonly election: Election;
  readonly watches: Watches<ControllerKinds>;
  readonly recorder: Recorder;
  readonly clients: readonly KubeClient[];
};

async function stop({ controller, election, watches, recorder, clients }: Parts): Promise<void> {
  await controller.stop();
  await election.stop();
  await watches.stop();
  await recorder.stop();
  for (const client of clients) client.close();
}
