import { PoolDataPlane, type PoolOutcome } from '../apply/pool-data-plane.ts';
import type { DesiredPool } from '../desired/desired-node.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { stepText } from '../plan/step.ts';
import type { WorkerReport } from '../status/vip-node-status.ts';
import { metrics as table } from '../tables/metrics.ts';
import type { PoolWorker } from './agent.ts';

export type PoolWorkerOptions = {
  readonly pool: string;
  readonly wake: () => void;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Serials of planned moves that an earlier agent of this node has done, by instance. */
  readonly movesDone: (instance: string) => number;
};

/**
 * One pool's data plane with what people see of it: logs and metrics of each outcome, and which
 * planned moves are done.
 */
export class DataPlaneWorker implements PoolWorker {
  readonly #options: PoolWorkerOptions;
  readonly #plane: PoolDataPlane;
  readonly #opened: Promise<void>;
  readonly #moves = new Map<string, number>();
  readonly #moving = new Set<string>();
  #held = new Set<string>();

  constructor(options: PoolWorkerOptions) {
    const log = options.log.with({ pool: options.pool });
    this.#options = { ...options, log };
    this.#plane = new PoolDataPlane({
      pool: options.pool,
      wake: options.wake,
      lost: (why) => log.error('haproxy-lost', { why }),
    });
    this.#opened = this.#plane.open();
  }

  async reconcile(desired: DesiredPool): Promise<WorkerReport> {
    await this.#opened;
    const outcome = await this.#plane.reconcile(desired);
    this.#say(outcome);
    return {
      pool: outcome.pool,
      ready: outcome.ready,
      why: outcome.ready
        ? ''
        : 'haproxy or keepalived is not running with the desired configuration',
      instances: outcome.instances.map(({ name, generation, held, programmed }) => ({
        ...{ name, generation, held },
        programmed: programmed && (outcome.haproxyApplied || (outcome.haproxyAwaited && !held)),
        moveSerial: this.#moveSerial(name),
      })),
      conflicts: outcome.conflicts,
      refusals: outcome.refusals.map(({ service, sentence }) => ({ service, message: sentence })),
    };
  }

  async move(instance: string, serial: number): Promise<void> {
    if (this.#moving.has(instance) || this.#moveSerial(instance) >= serial) return;
    this.#moving.add(instance);
    try {
      await this.#plane.move(instance);
      this.#moves.set(instance, serial);
    } finally {
      this.#moving.delete(instance);
    }
  }

  async retire(): Promise<void> {
    await this.#opened;
    await this.#plane.remove();
  }

  #moveSerial(instance: string): number {
    return this.#moves.get(instance) ?? this.#options.movesDone(instance);
  }

  #say(outcome: PoolOutcome): void {
    this.#log(outcome);
    this.#measure(outcome);
  }

  #log(outcome: PoolOutcome): void {
    const { log } = this.#options;
    for (const { step, ok, detail } of outcome.steps) {
      if (ok) log.info('step-done', { step: stepText(step) });
      else log.warn('step-refused', { step: stepText(step), detail });
    }
    const held = new Set(outcome.instances.filter((i) => i.held).map((i) => i.name));
    for (const instance of held.difference(this.#held)) log.info('instance-taken', { instance });
    for (const instance of this.#held.difference(held)) log.info('instance-lost', { instance });
    this.#held = held;
  }

  #measure(outcome: PoolOutcome): void {
    const { metrics, pool } = this.#options;
    const reloads = metrics.counter(table.haproxyReloads);
    for (const reasons of outcome.reloads) {
      // The first word of a reason is its code; the rest names objects and must not become a label.
      reloads.inc({ pool, reason: (reasons[0] ?? 'unknown').split(' ')[0] ?? 'unknown' });
    }
    metrics.gauge(table.poolReady).set({ pool }, outcome.ready ? 1 : 0);
    metrics.gauge(table.frontends).set({ pool }, outcome.frontendsServed);
    metrics.gauge(table.portConflicts).set({ pool }, outcome.conflicts.length);
    metrics.gauge(table.configurationRefused).set({ pool }, outcome.refusals.length);
    const gauge = metrics.gauge(table.instanceHeld);
    for (const { name, held } of outcome.instances) {
      gauge.set({ pool, instance: name }, held ? 1 : 0);
    }
  }
}
