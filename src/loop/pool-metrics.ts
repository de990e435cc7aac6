import type { PoolOutcome } from '../apply/pool-data-plane.ts';
import type { DesiredPool } from '../desired/desired-node.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Cut, WorkersSeen } from '../plan/old-workers.ts';
import { metrics as table } from '../tables/metrics.ts';

/**
 * One pool of this node in numbers. What is no longer here says nothing: a figure that stays at its
 * last value would tell of a holder that is none, or of a data plane that nobody wants.
 */
export class PoolMetrics {
  readonly #metrics: Metrics;
  readonly #pool: string;
  #instances = new Set<string>();
  #tests: Readonly<Record<string, number>> = {};
  #restores = 0;

  constructor(metrics: Metrics, pool: string) {
    this.#metrics = metrics;
    this.#pool = pool;
  }

  /** After each run. */
  measure(desired: DesiredPool, outcome: PoolOutcome): void {
    this.#countReloads(outcome.reloads);
    this.#countTests(outcome.vipTests);
    this.#countRestores(outcome.filterRestores);
    this.#measureInstances(outcome.instances);
    const isWantedHere = desired.keepalived.instances.length + desired.haproxy.frontends.length > 0;
    if (isWantedHere) this.#measureDataPlane(outcome);
    else this.#forgetDataPlane();
  }

  /** After each look at HAProxy's workers. */
  measureWorkers({ old }: WorkersSeen, cuts: readonly Cut[]): void {
    const pool = this.#pool;
    this.#metrics.gauge(table.oldWorkers).set({ pool }, old.length);
    const connections = old.reduce((sum, worker) => sum + worker.connections, 0);
    this.#metrics.gauge(table.oldConnections).set({ pool }, connections);
    const counter = this.#metrics.counter(table.connectionsCut);
    for (const { why: reason, connections: cut } of cuts) counter.inc({ pool, reason }, cut);
  }

  /** The pool has gone from this node; its reloads stay counted. */
  forget(): void {
    this.#measureInstances([]);
    this.#forgetDataPlane();
  }

  #countReloads(reloads: PoolOutcome['reloads']): void {
    const counter = this.#metrics.counter(table.haproxyReloads);
    for (const reasons of reloads) {
      // The first word of a reason is its code; the rest names objects and must not become a label.
      const reason = (reasons[0] ?? 'unknown').split(' ')[0] ?? 'unknown';
      counter.inc({ pool: this.#pool, reason });
    }
  }

  #countTests(tests: PoolOutcome['vipTests']): void {
    const counter = this.#metrics.counter(table.vipTests);
    for (const [result, count] of Object.entries(tests)) {
      const more = count - (this.#tests[result] ?? 0);
      if (more > 0) counter.inc({ pool: this.#pool, result }, more);
    }
    this.#tests = tests;
  }

  #countRestores(restores: number): void {
    const more = restores - this.#restores;
    if (more > 0) this.#metrics.counter(table.filterRestores).inc({ pool: this.#pool }, more);
    this.#restores = restores;
  }

  #measureInstances(instances: PoolOutcome['instances']): void {
    const gauge = this.#metrics.gauge(table.instanceHeld);
    const pool = this.#pool;
    const names = new Set(instances.map(({ name }) => name));
    for (const instance of this.#instances.difference(names)) gauge.remove({ pool, instance });
    for (const { name, held } of instances) gauge.set({ pool, instance: name }, held ? 1 : 0);
    this.#instances = names;
  }

  #measureDataPlane(outcome: PoolOutcome): void {
    const metrics = this.#metrics;
    const pool = this.#pool;
    metrics.gauge(table.poolReady).set({ pool }, outcome.ready ? 1 : 0);
    metrics.gauge(table.frontends).set({ pool }, outcome.frontendsServed);
    metrics.gauge(table.portConflicts).set({ pool }, outcome.conflicts.length);
    const refused = outcome.refusals.filter(({ isMinor }) => isMinor !== true).length;
    metrics.gauge(table.configurationRefused).set({ pool }, refused);
    const isConfirmed = outcome.ready && refused === 0;
    if (isConfirmed) {
      metrics.gauge(table.configurationConfirmed).set({ pool }, Date.now() / 1_000);
    }
    const bypassed = metrics.gauge(table.vipsBypassed);
    if (outcome.vipTest === undefined) bypassed.remove({ pool });
    else bypassed.set({ pool }, outcome.vipTest.bypassedCount);
  }

  #forgetDataPlane(): void {
    const { poolReady, frontends, portConflicts, configurationRefused, vipsBypassed } = table;
    const { configurationConfirmed, oldWorkers, oldConnections } = table;
    const ofResult = [poolReady, frontends, portConflicts, configurationRefused, vipsBypassed];
    for (const row of [...ofResult, configurationConfirmed, oldWorkers, oldConnections]) {
      this.#metrics.gauge(row).remove({ pool: this.#pool });
    }
  }
}
