import type { KernelAddress } from '../apply/kernel-addresses.ts';
import type { KeyFile } from '../apply/key-files.ts';
import type { NftTable } from '../apply/nft.ts';
import { PoolDataPlane, type PoolOutcome } from '../apply/pool-data-plane.ts';
import type { DesiredPool } from '../desired/desired-node.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { stepText } from '../plan/step.ts';
import { unusableServices } from '../status/unusable-services.ts';
import type { WorkerReport } from '../status/vip-node-status.ts';
import type { PoolWorker } from './agent.ts';
import { KeyMetrics } from './key-metrics.ts';
import { keyReports } from './key-reports.ts';
import type { ResolvedKey } from './key-ring.ts';
import { PoolMetrics } from './pool-metrics.ts';

export type PoolWorkerOptions = {
  readonly pool: string;
  readonly wake: () => void;
  /** All addresses of this node. */
  readonly addresses: () => Promise<readonly KernelAddress[]>;
  readonly table: NftTable;
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
  readonly #metrics: PoolMetrics;
  readonly #keyMetrics: KeyMetrics;
  readonly #moves = new Map<string, number>();
  readonly #moving = new Set<string>();
  #held = new Set<string>();
  #restores = 0;

  constructor(options: PoolWorkerOptions) {
    const log = options.log.with({ pool: options.pool });
    this.#options = { ...options, log };
    this.#metrics = new PoolMetrics(options.metrics, options.pool);
    this.#keyMetrics = new KeyMetrics(options.metrics, options.pool);
    this.#plane = new PoolDataPlane({
      pool: options.pool,
      table: options.table,
      wake: options.wake,
      addresses: options.addresses,
      lost: (why) => log.error('haproxy-lost', { why }),
      workersSeen: (seen, cuts) => {
        this.#metrics.measureWorkers(seen, cuts);
        for (const cut of cuts) log.warn('connections-cut', cut);
      },
    });
    this.#opened = this.#plane.open();
  }

  async reconcile(desired: DesiredPool, keys: readonly ResolvedKey[]): Promise<WorkerReport> {
    await this.#opened;
    const outcome = await this.#plane.reconcile(desired, keys.flatMap(fileOf));
    this.#log(outcome);
    this.#metrics.measure(desired, outcome);
    this.#keyMetrics.measure(keys, outcome);
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
      serversDown: outcome.serversDown,
      unsupportedProtocols: outcome.unsupportedProtocols,
      otherServices: unusableServices(desired),
      ...(outcome.vipTest !== undefined && { vipTest: outcome.vipTest }),
      secrets: keyReports(keys, { refusals: outcome.keyRefusals, nowMs: Date.now() }),
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
    this.#metrics.forget();
    this.#keyMetrics.forget();
  }

  #moveSerial(instance: string): number {
    return this.#moves.get(instance) ?? this.#options.movesDone(instance);
  }

  #log(outcome: PoolOutcome): void {
    const { log } = this.#options;
    for (const { step, ok, detail } of outcome.steps) {
      if (ok) log.info('step-done', { step: stepText(step) });
      else log.warn('step-refused', { step: stepText(step), detail });
    }
    const { filterRestores } = outcome;
    if (filterRestores > this.#restores) log.warn('filter-restored', { times: filterRestores });
    this.#restores = filterRestores;
    const held = new Set(outcome.instances.filter((i) => i.held).map((i) => i.name));
    for (const instance of held.difference(this.#held)) log.info('instance-taken', { instance });
    for (const instance of this.#held.difference(held)) log.info('instance-lost', { instance });
    this.#held = held;
  }
}

function fileOf({ kind, file, inspected }: ResolvedKey): KeyFile[] {
  return inspected === undefined ? [] : [{ kind, file, text: inspected.text }];
}
