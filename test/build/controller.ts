import type { KubeClient } from '../../src/kube/client.ts';
import { createFakeClock, type FakeClock } from '../../src/kube/fake-clock.ts';
import { Controller } from '../../src/loop/controller.ts';
import type { ControllerKinds } from '../../src/loop/controller-kinds.ts';
import { OwnWrites } from '../../src/loop/own-writes.ts';
import type { Watches } from '../../src/loop/watches.ts';
import type { ClusterSnapshot } from '../../src/model/objects.ts';
import type { Logger } from '../../src/observe/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';

/** What a controller has around it; each is asked anew whenever the controller wants to know. */
export type ControllerSurroundings = {
  readonly request: KubeClient['request'];
  /** What its watches show; kinds that are not in it have no objects. */
  readonly shown: () => ClusterSnapshot;
  /** The resource version up to which they show it. */
  readonly version: string;
  readonly isSynced?: () => boolean;
  readonly isLeader?: () => boolean;
};

/** The product's controller over stand-ins for API server, watches and clock. */
export function aController(surroundings: ControllerSurroundings): {
  readonly controller: Controller;
  readonly clock: FakeClock;
} {
  const { request, shown, version, isSynced = yes, isLeader = yes } = surroundings;
  const clock = createFakeClock();
  const client: KubeClient = {
    request,
    stream: () => Promise.reject(new Error('nothing is streamed')),
    webSocket: () => Promise.reject(new Error('nothing is forwarded')),
    close: () => undefined,
  };
  const watches = {
    values: (name: string) => (shown() as Readonly<Record<string, unknown>>)[name] ?? [],
    seenVersion: () => version,
    isSynced,
    missing: () => [],
    stop: () => Promise.resolve(),
  } as unknown as Watches<ControllerKinds>;
  const controller = new Controller({
    ...{ client, watches, clock, log: silent, metrics: createMetrics(), isDefaultClass: false },
    ...{ written: new OwnWrites(), isLeader },
    recorder: { record: () => undefined, stop: () => Promise.resolve() } as never,
    poolPods: {
      ...{ namespace: 'nodes', image: 'fairlead', imagePullPolicy: 'Never', defaults: {} },
    } as never,
  });
  return { controller, clock };
}

const yes = () => true;

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silent,
};
