import { allocate } from '../allocate/allocate.ts';
import type { KubeClient } from '../kube/client.ts';
import { type Clock, every, type Surroundings, systemClock } from '../kube/clock.ts';
import type { Recorder } from '../kube/events.ts';
import { remembering } from '../lib/remembered.ts';
import { clusterView } from '../model/cluster-view.ts';
import type { ClusterSnapshot, Pool } from '../model/objects.ts';
import { withPolicies } from '../model/policies.ts';
import { listOf } from '../model/raw.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { clusterStatus } from '../status/cluster-status.ts';
import type { PoolPodSettings } from '../status/pool-daemonset.ts';
import { metrics as table } from '../tables/metrics.ts';
import { absentHolders } from './absent-holders.ts';
import { AllocationWrites } from './allocation-writes.ts';
import type { ControllerKinds } from './controller-kinds.ts';
import { measureAllocation } from './controller-metrics.ts';
import { FreshLook } from './fresh-look.ts';
import type { OwnWrites } from './own-writes.ts';
import { PoolPods } from './pool-pods.ts';
import { SingleFlight } from './single-flight.ts';
import { StatusContests } from './status-contests.ts';
import { StatusWrites } from './status-writes.ts';
import type { Watches } from './watches.ts';

export type ControllerOptions = Pick<Surroundings, 'clock'> & {
  readonly client: KubeClient;
  readonly watches: Watches<ControllerKinds>;
  /** The same that the watches read with. */
  readonly written: OwnWrites;
  readonly isLeader: () => boolean;
  readonly recorder: Recorder;
  readonly isDefaultClass: boolean;
  readonly poolPods: PoolPodSettings;
  /** Called where much of what was allocated is garbage; absent: V8 decides alone. */
  readonly collectGarbage?: (() => void) | undefined;
  readonly log: Logger;
  readonly metrics: Metrics;
};

/** Events come in bursts; one run for all of them. */
const settleMs = 10;

/**
 * A run looks at everything, so one Service costs as many runs as its events come apart: the more
 * Services there are, the more of them become one. Nobody waits longer than this for it.
 */
const restMsMax = 500;

/** A failed run is retried with a doubling pause up to here (R18). */
const retryMaxMs = 30_000;

/**
 * A refused write is looked at again this soon: by then the watch has shown what was in its way.
 */
const refusedMs = 200;
const refusedDoublingsMax = 10;

/** Drift heals without an event (R19). */
const resyncMs = 30_000;

/**
 * The leader's work: snapshot → allocate → finalizers, Vips and VrrpInstances → DaemonSets →
 * statuses. Nothing is written before every watch has synced (R89), nor by a replica that does not
 * lead.
 */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #flight: SingleFlight;
  readonly #clock: Clock;
  readonly #endResync: () => void;
  readonly #written: OwnWrites;
  readonly #freshLook: FreshLook;
  readonly #allocationWrites: AllocationWrites;
  readonly #statusWrites: StatusWrites;
  readonly #contests = new StatusContests();
  readonly #poolPods: PoolPods;
  #refusals = 0;
  #isStopping = false;
  /** Where a pool's pods may run is where its VIPs may be. */
  readonly #tolerant = remembering((pool: Pool): Pool => {
    const defaults = listOf(this.#options.poolPods.defaults['tolerations']);
    return { ...pool, tolerations: [...defaults, ...pool.tolerations] };
  });

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { client, recorder, log, metrics } = options;
    // The pod's grace period is not for the rest of thousands of writes: the next leader does them.
    const isLeader = () => !this.#isStopping && options.isLeader();
    const { written, watches } = options;
    this.#written = written;
    this.#freshLook = new FreshLook({ client, written, watches, clock: this.#clock });
    const onNoAnswer = () => this.#freshLook.need();
    this.#allocationWrites = new AllocationWrites({ client, isLeader, onNoAnswer, log, written });
    const contests = this.#contests;
    this.#statusWrites = new StatusWrites({ client, recorder, isLeader, log, contests, written });
    this.#poolPods = new PoolPods({ client, settings: options.poolPods, log });
    this.#flight = new SingleFlight({
      run: () => this.#measured(),
      failed: (error) => {
        metrics.counter(table.reconcileErrors).inc();
        log.error('reconcile-failed', { error: String(error) });
      },
      ...{ settleMs, retryMaxMs, clock: this.#clock },
    });
    this.#endResync = every(this.#clock, resyncMs, () => this.wake());
  }

  /** Asks for a run: something may have changed. */
  wake(): void {
    this.#flight.wake();
  }

  /** Starts no further run nor write, and waits for those under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#endResync();
    await this.#flight.stop();
  }

  async #measured(): Promise<void> {
    const { watches, isLeader } = this.#options;
    if (!watches.isSynced() || !isLeader()) return;
    const end = this.#options.metrics.histogram(table.reconcileSeconds).startTimer();
    try {
      await this.#run();
    } finally {
      end();
    }
  }

  async #run(): Promise<void> {
    const { watches, metrics } = this.#options;
    await this.#freshLook.take();
    const { operations, finalizers, statuses, nowMs, wakeAtMs, ofPods } = this.#decide(
      await this.#snapshot(),
    );
    const pending = metrics.gauge(table.pendingWrites);
    pending.set(finalizers.length + operations.length + statuses.length);
    const areFinalizersWritten = await this.#statusWrites.finalizers(finalizers);
    const isAllocationWritten = await this.#allocationWrites.execute(operations);
    const areStatusesWritten = await this.#statusWrites.statuses(statuses);
    const isDone = areFinalizersWritten && isAllocationWritten && areStatusesWritten;
    if (isDone) pending.set(0);
    this.#lookAgain(!isDone);
    // Time alone ends a cool-down, a wait for a node, the rest of a new instance (A58).
    if (wakeAtMs < Infinity) this.#flight.wake(Math.max(settleMs, wakeAtMs - nowMs));
    // Our own writes are part of the next snapshot at once; their watch events may come late.
    if (isAllocationWritten && operations.length > 0) this.#flight.wake();
    // Last: a DaemonSet that some policy refuses must not keep addresses from anybody.
    const [daemonSets, pods] = [watches.values('daemonSets'), watches.values('pods')];
    await this.#poolPods.reconcile({ ...ofPods, daemonSets, pods });
  }

  /**
   * Everything, in one synchronous call; the rest after it leaves half a core to others. Of the
   * snapshot only a little is kept while thousands of writes replace what it is of.
   */
  #decide(snapshot: ClusterSnapshot) {
    const { collectGarbage } = this.#options;
    const startMs = this.#clock.nowMs();
    collectGarbage?.();
    const allocation = allocate(snapshot);
    collectGarbage?.();
    const { status, told } = this.#contests.admit(clusterStatus(snapshot, allocation), snapshot);
    collectGarbage?.();
    this.#flight.rest(Math.min(this.#clock.nowMs() - startMs, restMsMax));
    for (const event of told) this.#options.recorder.record(event);
    measureAllocation(this.#options.metrics, snapshot, allocation);
    const { operations, wakeAtMs: firstMs = Infinity } = allocation;
    const { finalizers, statuses, wakeAtMs: otherMs = Infinity } = status;
    const { nowMs, pools, instances } = snapshot;
    const wakeAtMs = Math.min(firstMs, otherMs);
    const ofPods = { pools, instances, view: clusterView(snapshot) };
    return { operations, finalizers, statuses, nowMs, wakeAtMs, ofPods };
  }

  /** What stays refused is asked for ever more seldom (R18). */
  #lookAgain(isRefused: boolean): void {
    this.#refusals = isRefused ? this.#refusals + 1 : 0;
    if (!isRefused) return;
    const pauseMs = refusedMs * 2 ** Math.min(this.#refusals - 1, refusedDoublingsMax);
    this.#flight.wake(Math.min(pauseMs, retryMaxMs));
  }

  async #snapshot(): Promise<ClusterSnapshot> {
    const { client } = this.#options;
    const shown = this.#shown();
    return { ...shown, services: [...shown.services, ...(await absentHolders(client, shown))] };
  }

  /** What the watches show, with our own writes over it. */
  #shown(): ClusterSnapshot {
    const { watches, isDefaultClass } = this.#options;
    const { services, pools, vips, instances } = this.#written;
    return {
      nowMs: this.#clock.wallMs(),
      isDefaultClass,
      pools: pools
        .over(watches.values('pools'), watches.seenVersion('pools'))
        .map((pool) => this.#tolerant(pool)),
      services: withPolicies(
        services.over(watches.values('services'), watches.seenVersion('services')),
        watches.values('policies'),
      ),
      namespaces: watches.values('namespaces'),
      vips: vips.over(watches.values('vips'), watches.seenVersion('vips')),
      instances: instances.over(watches.values('instances'), watches.seenVersion('instances')),
      nodes: watches.values('nodes'),
      leases: watches.values('leases'),
      vipNodes: watches.values('vipNodes'),
    };
  }
}
