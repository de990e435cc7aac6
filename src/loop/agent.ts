import type { DesiredPool } from '../desired/desired-node.ts';
import { type Desired, desiredNode } from '../desired/desired-pools.ts';
import type { NodeSnapshot } from '../desired/node-snapshot.ts';
import { understoodVips } from '../desired/understood-vips.ts';
import { type Clock, every, pause, type Surroundings, systemClock } from '../kube/clock.ts';
import type { Node, Withdrawal } from '../model/objects.ts';
import { withPolicies } from '../model/policies.ts';
import type { LogData, Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { keysOf } from '../render/wanted-keys.ts';
import { covering, type PoolReport, type WorkerReport } from '../status/vip-node-status.ts';
import { withdrawnInstances } from '../status/withdrawn-instances.ts';
import { metrics as table } from '../tables/metrics.ts';
import { zoneLabel } from '../tables/names.ts';
import type { AgentKinds } from './agent-kinds.ts';
import type { AgentReporter } from './agent-reporter.ts';
import type { KeyRing, ResolvedKey } from './key-ring.ts';
import { poolWaves, type ServedByPool, servedAddresses } from './pool-waves.ts';
import { SingleFlight } from './single-flight.ts';
import type { Watches } from './watches.ts';

/** One pool's daemons on this node, as the loop uses them. */
export type PoolWorker = {
  /** Brings files and daemons to what is desired; never throws for what a user wrote. */
  reconcile(desired: DesiredPool, keys: readonly ResolvedKey[]): Promise<WorkerReport>;
  /** Gives an instance up once, for a planned move. */
  move(instance: string, serial: number): Promise<void>;
  /** Stops the daemons' work and removes the pool's files from the node. */
  retire(): Promise<void>;
};

export type AgentOptions = Pick<Surroundings, 'clock'> & {
  readonly node: string;
  readonly watches: Watches<AgentKinds>;
  readonly workers: PoolWorkers;
  readonly reporter: AgentReporter;
  readonly keys: KeyRing;
  /** Called when a run has ended; absent: V8 decides alone. */
  readonly collectGarbage?: () => void;
  readonly log: Logger;
  readonly metrics: Metrics;
};

/** The workers by pool; made at first use. */
export type PoolWorkers = {
  of(pool: string): PoolWorker;
  /** Pools that have files on this node. */
  known(): Promise<readonly string[]>;
  forget(pool: string): Promise<void>;
};

/**
 * Events come in bursts; one run for all of them. Short, because an endpoint change waits for it.
 */
const settleMs = 5;

/** A failed run is retried with a doubling pause up to here. */
const retryMaxMs = 5_000;

/** So long the last word may take when the agent ends; the next agent has it too. */
const lastWordMs = 5_000;

/** Drift on the node heals without an event (R19). */
const resyncMs = 10_000;

/**
 * The agent: snapshot → desired → reconcile each pool. The newest outcome is reported beside that,
 * for no endpoint shall wait for an API server that is slow. Nothing is written before every watch
 * has synced (R89).
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #clock: Clock;
  readonly #flight: SingleFlight;
  readonly #reporting: SingleFlight;
  readonly #endResync: () => void;
  #served: ServedByPool = new Map();
  #vipNames: ReadonlySet<string> = new Set();
  #hasFailed = false;
  /** What the last run came to, and what of that the API server has taken. */
  #outcome: Outcome | undefined;
  #reported: Outcome | undefined;

  constructor(options: AgentOptions) {
    const clock: Clock = options.clock ?? systemClock;
    this.#options = options;
    this.#clock = clock;
    this.#flight = new SingleFlight({
      run: () => this.#run(),
      failed: (error) => this.#failed('reconcile-failed', { error: String(error) }),
      ...{ settleMs, retryMaxMs, clock },
    });
    this.#reporting = new SingleFlight({
      run: () => this.#report(),
      failed: (error) => this.#failed('report-failed', { error: String(error) }),
      ...{ settleMs: 0, retryMaxMs, clock },
    });
    this.#endResync = every(clock, resyncMs, () => this.wake());
  }

  /** Asks for a run: something may have changed. */
  wake(): void {
    this.#flight.wake();
  }

  /**
   * Starts no further run, waits for one under way, and a while for what it came to to be reported.
   * What runs on the node goes on running.
   */
  async stop(): Promise<void> {
    this.#endResync();
    await this.#flight.stop();
    const enough = new AbortController();
    const lastWord = this.#lastWord().finally(() => enough.abort());
    await Promise.race([lastWord, pause(this.#clock, lastWordMs, enough.signal)]);
  }

  async #lastWord(): Promise<void> {
    await this.#reporting.stop();
    if (this.#outcome === this.#reported) return;
    await this.#report().catch((error) => this.#failed('report-failed', { error: String(error) }));
  }

  async #run(): Promise<void> {
    const { watches, workers, log } = this.#options;
    if (!watches.isSynced()) return;
    const snapshot = await this.#snapshot();
    const desired = desiredNode(snapshot, this.#vipNames);
    this.#vipNames = desired.vipNames;
    for (const note of desired.notes) log.warn('endpoint-dropped', note);
    this.#options.keys.want(keysOf(desired.node.pools.flatMap(({ haproxy }) => haproxy.frontends)));
    this.#hasFailed = false;
    const covered = { vips: understoodVips(snapshot), instances: snapshot.instances };
    const reports = await this.#reconcile(snapshot, { desired, covered });
    this.#outcome = { reports, withdrawn: this.#withdrawn(covered, reports) };
    this.#reporting.wake();
    this.#startMoves(snapshot, reports, workers);
    this.#options.collectGarbage?.();
  }

  /** Whatever came in between goes with the next one. */
  async #report(): Promise<void> {
    const outcome = this.#outcome;
    if (outcome === undefined) return;
    await this.#options.reporter.report(outcome.reports, outcome.withdrawn);
    this.#reported = outcome;
  }

  async #snapshot(): Promise<NodeSnapshot> {
    const { node, watches, workers } = this.#options;
    return {
      node,
      zone: zoneOf(watches.values('node')[0]),
      pools: watches.values('pools'),
      services: withPolicies(watches.values('services'), watches.values('policies')),
      slices: watches.values('slices'),
      vips: watches.values('vips'),
      instances: watches.values('instances'),
      knownPools: await workers.known(),
    };
  }

  /** A pool whose run failed may run more than it last said: then nothing is confirmed. */
  #withdrawn({ vips }: Covered, reports: readonly PoolReport[]): readonly Withdrawal[] {
    if (this.#hasFailed) return [];
    const running = reports.flatMap(({ instances }) => instances.map(({ name }) => name));
    return withdrawnInstances(this.#options.node, { vips, running });
  }

  /** Pools are independent: one that fails keeps its last good state, the others go on. */
  async #reconcile(
    snapshot: NodeSnapshot,
    { desired, covered }: { readonly desired: Desired; readonly covered: Covered },
  ): Promise<PoolReport[]> {
    const gone = new Set(
      desired.node.pools.map(({ pool }) => pool).filter((pool) => isGone(snapshot, pool)),
    );
    const reports: (PoolReport | undefined)[] = [];
    for (const wave of poolWaves(this.#served, desired.node.pools)) {
      const work = wave.map((pool) =>
        gone.has(pool.pool) ? this.#retire(pool.pool) : this.#one(pool, covered),
      );
      reports.push(...(await Promise.all(work)));
    }
    this.#served = new Map(desired.node.pools.map((pool) => [pool.pool, servedAddresses(pool)]));
    return reports.filter((report) => report !== undefined);
  }

  async #one(pool: DesiredPool, covered: Covered): Promise<PoolReport | undefined> {
    const { workers, keys } = this.#options;
    try {
      const resolved = keysOf(pool.haproxy.frontends).map((key) => keys.resolve(key));
      return covering(await workers.of(pool.pool).reconcile(pool, resolved), covered);
    } catch (error) {
      this.#failed('pool-failed', { pool: pool.pool, error: String(error) });
      this.#hasFailed = true;
      this.#flight.wake(retryMaxMs);
      // What was last found of it stands while a run of it fails.
      return this.#outcome?.reports.find((report) => report.pool === pool.pool);
    }
  }

  #failed(event: string, data: LogData): void {
    this.#options.metrics.counter(table.reconcileErrors).inc();
    this.#options.log.error(event, data);
  }

  async #retire(pool: string): Promise<undefined> {
    this.#options.log.info('pool-retired', { pool });
    await this.#options.workers.of(pool).retire();
    await this.#options.workers.forget(pool);
    return undefined;
  }

  /** A planned move is asked for once per serial, of the node that holds the instance. */
  #startMoves(snapshot: NodeSnapshot, reports: readonly PoolReport[], workers: PoolWorkers): void {
    for (const { name, pool, move } of snapshot.instances) {
      if (move?.from !== snapshot.node) continue;
      const reported = reports
        .find((report) => report.pool === pool)
        ?.instances.find((instance) => instance.name === name);
      if (reported === undefined || !reported.held || reported.moveSerial >= move.serial) continue;
      this.#options.log.info('planned-move', { instance: name, to: move.to, serial: move.serial });
      void workers
        .of(pool)
        .move(name, move.serial)
        .catch((error: unknown) => {
          this.#options.log.error('planned-move-failed', { instance: name, error: String(error) });
        })
        .then(() => this.wake());
    }
  }
}

function zoneOf(node: Node | undefined): string | undefined {
  return node?.labels[zoneLabel];
}

/** What a run came to, for the report. */
type Outcome = {
  readonly reports: readonly PoolReport[];
  readonly withdrawn: readonly Withdrawal[];
};

/** What a pool was reconciled with. */
type Covered = Parameters<typeof covering>[1];

/** Neither a VipPool nor an instance names it any more: its files may go. */
function isGone(snapshot: NodeSnapshot, pool: string): boolean {
  const hasPool = snapshot.pools.some((each) => each.name === pool);
  return !hasPool && !snapshot.instances.some((instance) => instance.pool === pool);
}
