import { createClient } from '../../../src/kube/client.ts';
import type { ClusterAccess } from '../../../src/kube/credentials.ts';
import {
  type ControllerProcess,
  startControllerProcess,
} from '../../../src/loop/controller-process.ts';
import type { Metrics } from '../../../src/observe/metrics.ts';
import { Machine } from './machine.ts';
import type { World } from './world.ts';

/** client-go's, and the chart's. */
const leaseTiming = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

const restartMsMax = 20_000;

type Running = { readonly machine: Machine; readonly process: ControllerProcess };

/** The replicas of the controller: whole processes of the production code. */
export class Controllers {
  readonly #world: World;
  readonly #slots: readonly string[];
  readonly #running = new Map<string, Running>();
  /** Clocks tick differently while faults are on. */
  areClocksTrue = true;
  image = 'fairlead:1';
  #started = 0;

  constructor(world: World, replicas: number) {
    this.#world = world;
    this.#slots = Array.from({ length: replicas }, (_, index) => `controller-${index}`);
    for (const slot of this.#slots) this.#start(slot);
  }

  get machines(): readonly Machine[] {
    return [...this.#running.values()].map(({ machine }) => machine);
  }

  /** Names of the processes that believe to lead. */
  get leaders(): readonly string[] {
    const all = [...this.#running.values()];
    return all.filter(({ process }) => process.isLeader()).map(({ machine }) => machine.name);
  }

  get areAllSynced(): boolean {
    const all = [...this.#running.values()];
    return all.length === this.#slots.length && all.every(({ process }) => process.isSynced());
  }

  /** Its end between two instructions; what it sent may still arrive. */
  crash(): void {
    const slot = this.#anyone();
    if (slot !== undefined) this.#end(slot, 'crashed');
  }

  /** SIGTERM: it ends in order. */
  restart(): void {
    const slot = this.#anyone();
    const running = slot === undefined ? undefined : this.#running.get(slot);
    if (slot === undefined || running === undefined) return;
    this.#world.trace.say(running.machine.name, 'SIGTERM');
    const isStill = () => this.#running.get(slot) === running;
    void running.process.stop().then(() => isStill() && this.#end(slot, 'ended'));
    // Its pod's grace period.
    this.#world.after(30_000, () => isStill() && this.#end(slot, 'killed'));
  }

  /** A machine whose clock ticks wrongly is taken out; one whose time is wrong is set right. */
  replaceUntrueClocks(): void {
    for (const [slot, { machine }] of [...this.#running]) {
      machine.wallOffsetMs = 0;
      if (Math.abs(machine.rate - 1) > 0.1) this.#end(slot, 'taken out: its clock is slow');
    }
  }

  #anyone(): string | undefined {
    const slots = [...this.#running.keys()];
    return slots.length === 0 ? undefined : this.#world.random.pick(slots);
  }

  #end(slot: string, how: string): void {
    const running = this.#running.get(slot);
    if (running === undefined) return;
    this.#world.trace.say(running.machine.name, how);
    running.machine.isDead = true;
    this.#running.delete(slot);
    const delayMs = this.#world.random.next() * restartMsMax;
    this.#world.after(delayMs, () => this.#start(slot));
  }

  #start(slot: string): void {
    const world = this.#world;
    this.#started += 1;
    const name = `${slot}_${this.#started}`;
    const { scheduler } = world;
    const random = world.random.fork();
    const machine = new Machine({ name, scheduler, random, rate: this.#rate() });
    const log = world.trace.logger(name);
    const { clock } = machine;
    const process = startControllerProcess({
      ...{ identity: name, namespace: 'fairlead-system', leaseName: 'fairlead-controller' },
      ...{ leaseTiming, isDefaultClass: false, log, metrics: noMetrics, clock },
      random: () => random.next(),
      poolPods: {
        ...{ namespace: 'fairlead-nodes', image: this.image },
        ...{ imagePullPolicy: 'IfNotPresent', defaults: {} },
      },
      connect: () =>
        createClient({ access: anyAccess, clock, open: () => world.network.connect(machine) }),
      onLost: () => this.#end(slot, 'lost its Lease'),
    });
    world.trace.say(name, 'started');
    this.#running.set(slot, { machine, process });
  }

  /** Mostly right; some clocks are a little off, and one in ten is so slow that its Lease lies. */
  #rate(): number {
    const { random } = this.#world;
    if (this.areClocksTrue || random.chance(0.5)) return 1;
    return random.chance(0.2) ? 0.3 : 0.98 + random.next() * 0.04;
  }
}

const anyAccess: ClusterAccess = {
  server: 'http://api.invalid',
  read: () => Promise.resolve({ headers: { authorization: 'Bearer token' }, tls: {}, tlsKey: '' }),
};

/** Numbers that nobody reads here. */
const noMetric = { inc: ignore, set: ignore, reset: ignore, startTimer: () => ignore };
const noMetrics = {
  ...{ counter: () => noMetric, gauge: () => noMetric, histogram: () => noMetric },
  text: () => Promise.resolve(''),
} as unknown as Metrics;

function ignore(): void {}
