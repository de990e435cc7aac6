// One pool's data plane on this node, as its agent sees it.
//
//   reconcile ──▶ HAProxy: file, reload or CLI ──▶ Keepalived: filter, file, reload ──▶ outcome
//       ▲                                                  │
//       │ wake                                             └─ unsettled: again in 100 ms
//       └── held connection: found, lost (track file first, then the word)
//
// HAProxy comes first, so that a VIP never arrives before what answers on it.

import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { DesiredPool, FlowProtocol } from '../desired/desired-node.ts';
import { assert } from '../lib/assert.ts';
import type { Cut, WorkersSeen } from '../plan/old-workers.ts';
import type { Outcome } from '../plan/step.ts';
import { type VipTestResult, type VipVerdict, vipTargets } from '../plan/vip-test.ts';
import { instanceTrack, type PoolPaths, poolPaths, type Roots } from '../render/pool-paths.ts';
import type { PortConflict, Refusal } from './admission.ts';
import type { ChangeLimits } from './change-budget.ts';
import { CpuPressure } from './cpu-pressure.ts';
import { unsupportedProtocols } from './flow-protocols.ts';
import { Flows } from './flows.ts';
import { HaproxyPlane, type HaproxyResult } from './haproxy-plane.ts';
import { HeldConnection } from './held-connection.ts';
import { type InstanceResult, KeepalivedPlane, type KeepalivedResult } from './keepalived-plane.ts';
import { type KernelAddress, readKernelAddresses } from './kernel-addresses.ts';
import type { KeyFile } from './key-files.ts';
import { NftTable } from './nft.ts';
import { OldWorkers } from './old-workers.ts';
import type { ServerDown } from './servers-down.ts';
import { hasMoved, SettleLooks } from './settle-looks.ts';
import { writeTrack } from './track-file.ts';
import { VipProber } from './vip-prober.ts';

/** Ports taken by others and refused Services are looked at again this often. */
const retryMilliseconds = 5_000;
/**
 * A planned move: the anchor goes within milliseconds, and the other node is master well before the
 * pause ends.
 */
const moveMillisecondsMax = 2_000;
const afterMoveMilliseconds = 300;

/** What a pool's data plane came to; numbers and lists only, for reports, metrics and logs. */
export type PoolOutcome = {
  readonly pool: string;
  /** HAProxy answers with the desired structure, and Keepalived runs. */
  readonly ready: boolean;
  /** HAProxy runs the desired structure: the Vips of a programmed instance are served here. */
  readonly haproxyApplied: boolean;
  /** No HAProxy runs, and one that starts finds what is desired: nothing else is served here. */
  readonly haproxyAwaited: boolean;
  readonly instances: readonly InstanceResult[];
  readonly conflicts: readonly PortConflict[];
  readonly refusals: readonly Refusal[];
  /** Servers that fail their checks on this node. */
  readonly serversDown: readonly ServerDown[];
  /** Keys that are not in use, by file, with what stands in the way. */
  readonly keyRefusals: Readonly<Record<string, string>>;
  /** When the keys that are in use end, ms since the epoch, by file. */
  readonly keyEndsMs: Readonly<Record<string, number>>;
  /** The reasons of every reload of HAProxy since the last outcome. */
  readonly reloads: readonly (readonly string[])[];
  readonly frontendsServed: number;
  /** What this node's kernel cannot send on: frontends of it are closed here (R40). */
  readonly unsupportedProtocols: readonly FlowProtocol[];
  /** Whether what goes to VIPs comes to their holders; absent where there is nothing to try. */
  readonly vipTest?: VipVerdict;
  /** Tries since the agent started, by what they came to. */
  readonly vipTests: Readonly<Record<VipTestResult, number>>;
  /** How often others had undone the pool's packet filter, so that it was loaded again. */
  readonly filterRestores: number;
  /** Every step since the last outcome, for the log. */
  readonly steps: readonly Outcome[];
};

/** How a pool's data plane is made. */
export type PoolDataPlaneOptions = {
  readonly pool: string;
  readonly roots?: Roots;
  /** Something happened that `reconcile` should look at. */
  readonly wake: () => void;
  /** HAProxy ended or hangs; its track file has been written already. For the log. */
  readonly lost?: (why: 'ended' | 'hung') => void;
  /** How often what runs may change; the product's own bounds when left out. */
  readonly changes?: ChangeLimits;
  /** Called every few seconds with the workers that reloads have left, and what was cut. */
  readonly workersSeen?: (seen: WorkersSeen, cuts: readonly Cut[]) => void;
  /** All addresses of this node; read from the kernel each time when left out. */
  readonly addresses?: () => Promise<readonly KernelAddress[]>;
  /** The pool's table of nftables, for whoever reads its counters; its own when left out. */
  readonly table?: NftTable;
  /** How often VIPs are tried. */
  readonly testEveryMilliseconds?: number;
};

type AppliedResult = {
  readonly haproxy: HaproxyResult;
  readonly keepalived: KeepalivedResult;
  readonly milliseconds: number;
};

export class PoolDataPlane {
  readonly #pool: string;
  readonly #paths: PoolPaths;
  readonly #wake: () => void;
  readonly #addresses: () => Promise<readonly KernelAddress[]>;
  readonly #held: HeldConnection;
  readonly #haproxy: HaproxyPlane;
  readonly #keepalived: KeepalivedPlane;
  readonly #table: NftTable;
  readonly #pressure = new CpuPressure();
  readonly #flows = new Flows();
  readonly #prober: VipProber;
  readonly #oldWorkers: OldWorkers;
  readonly #moving = new Set<number>();
  readonly #looks = new SettleLooks();
  #desired: DesiredPool | undefined;
  #keys: readonly KeyFile[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #steps: Outcome[] = [];
  #closed = false;

  constructor(options: PoolDataPlaneOptions) {
    const { pool, roots, wake, lost, changes, testEveryMilliseconds: every } = options;
    this.#pool = pool;
    this.#paths = poolPaths(pool, roots);
    this.#wake = wake;
    this.#addresses = options.addresses ?? readKernelAddresses;
    this.#haproxy = new HaproxyPlane(this.#paths, { renewed: () => this.#held.renew(), changes });
    this.#table = options.table ?? new NftTable(pool);
    this.#keepalived = new KeepalivedPlane(this.#paths, this.#table);
    const often = every === undefined ? {} : { everyMilliseconds: every };
    this.#prober = new VipProber({ changed: wake, ...often });
    const seen = options.workersSeen ?? (() => undefined);
    this.#oldWorkers = new OldWorkers(this.#paths.masterSocket, { seen });
    this.#held = new HeldConnection(this.#paths.haproxySocket, {
      lost: (why) => {
        this.#giveUp();
        lost?.(why);
        wake();
      },
      found: wake,
      isStarved: () => this.#pressure.isStarved(),
    });
  }

  /**
   * Reads what an earlier agent left and begins to watch HAProxy. Call once, before `reconcile`.
   */
  async open(): Promise<void> {
    await this.#keepalived.open();
    this.#flows.open(this.#keepalived.loaded);
    this.#held.open();
    this.#oldWorkers.open();
  }

  /**
   * Brings this node to `desired`, as far as it goes now; `keys` are those of its keys that could
   * be read, the others keep the file they have. Calls queue up; each runs whole.
   */
  async reconcile(desired: DesiredPool, keys: readonly KeyFile[] = []): Promise<PoolOutcome> {
    assert(desired.pool === this.#pool, 'a pool is given to its own data plane', { ...desired });
    this.#desired = desired;
    this.#keys = keys;
    return await this.#queued(() => this.#reconciled(desired));
  }

  /**
   * Gives an instance up once, so that its next member takes it: a planned move. Resolves when it
   * is open to come back. Does nothing for an instance that does not run here.
   */
  async move(name: string): Promise<void> {
    const instance = this.#keepalived.loadedInstance(name);
    if (instance === undefined || this.#moving.has(instance.vrid)) return;
    const track = instanceTrack(this.#paths, instance.vrid);
    this.#moving.add(instance.vrid);
    try {
      await writeTrack(track, 1);
      await this.#gone(instance.anchor);
      await delay(afterMoveMilliseconds);
    } finally {
      await writeTrack(track, 0);
      this.#moving.delete(instance.vrid);
    }
  }

  /**
   * Takes the pool off this node: no instance, no packet filter, and no frontend, unless HAProxy is
   * not to be loaded anew just now: it has no VIP any more then. The pool's pods end by themselves.
   */
  async remove(): Promise<void> {
    const haproxy = {
      maxConnections: this.#desired?.haproxy.maxConnections ?? 1_000,
      frontends: [],
    };
    const routerId = this.#desired?.keepalived.routerId ?? 'fairlead';
    const keepalived = { routerId, instances: [] };
    const nothing = { pool: this.#pool, haproxy, flows: [], keepalived };
    await this.reconcile(nothing);
    await this.#table.remove();
    this.close();
  }

  /** Stops watching. What runs goes on running. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#held.close();
    this.#prober.close();
    this.#oldWorkers.close();
  }

  async #queued<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#running.then(work);
    this.#running = turn.catch(() => undefined);
    return await turn;
  }

  async #reconciled(desired: DesiredPool): Promise<PoolOutcome> {
    const { haproxy, keepalived, unsupported } = await this.#applied(desired);
    const steps = this.#steps;
    this.#steps = [];
    const { verdict } = this.#prober;
    return {
      pool: this.#pool,
      ready: haproxy.applied && this.#held.alive && keepalived.running,
      haproxyApplied: haproxy.applied,
      haproxyAwaited: haproxy.awaited,
      instances: keepalived.instances,
      conflicts: haproxy.admission.conflicts,
      refusals: [...haproxy.admission.refusals, ...keepalived.refusals],
      serversDown: haproxy.down,
      keyRefusals: haproxy.keyRefusals,
      keyEndsMs: haproxy.keyEndsMs,
      reloads: steps.flatMap(reloadReasons),
      frontendsServed: haproxy.applied ? haproxy.admission.haproxy.frontends.length : 0,
      unsupportedProtocols: unsupported,
      ...(verdict !== undefined && { vipTest: verdict }),
      vipTests: this.#prober.counts,
      filterRestores: this.#table.restores,
      steps,
    };
  }

  async #applied(desired: DesiredPool) {
    const began = performance.now();
    const haproxy = await this.#haproxy.run(desired.haproxy, this.#keys);
    const kernel = await this.#addresses();
    const unsupported = await unsupportedProtocols();
    const flows = desired.flows.filter(({ protocol }) => !unsupported.includes(protocol));
    // What is not served here is nobody's: the guard keeps it closed.
    const served = { ...desired, haproxy: haproxy.admission.haproxy, flows };
    const keepalived = await this.#keepalived.run(served, kernel, this.#moving);
    const held = keepalived.instances.filter((instance) => instance.held);
    this.#prober.aim(vipTargets(served, new Set(held.map(({ name }) => name))));
    await this.#flows.clean(flows, desired.keepalived);
    this.#steps.push(...haproxy.outcomes, ...keepalived.outcomes);
    this.#again({ haproxy, keepalived, milliseconds: performance.now() - began });
    return { haproxy, keepalived, unsupported };
  }

  // The first health check of a new server is nobody else's business; whatever changes a report
  // wakes the owner.
  #again({ haproxy, keepalived, milliseconds }: AppliedResult): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const { conflicts, refusals } = haproxy.admission;
    const refusedKeys = Object.keys(haproxy.keyRefusals).length;
    const refused = refusals.length + keepalived.refusals.length + refusedKeys;
    const unsettled = keepalived.unsettled || haproxy.unsettled;
    const moved = hasMoved(haproxy.outcomes) || haproxy.isEnding || hasMoved(keepalived.outcomes);
    const soon = this.#looks.pauseAfter({ unsettled, moved, milliseconds });
    if (keepalived.unsettled) this.#timer = setTimeout(this.#wake, soon);
    else if (haproxy.unsettled) this.#timer = setTimeout(() => this.#settle(), soon);
    else if (refused + conflicts.length > 0) {
      this.#timer = setTimeout(this.#wake, retryMilliseconds);
    }
  }

  #settle(): void {
    this.#queued(async () => {
      if (this.#desired === undefined || this.#closed) return;
      const { haproxy } = await this.#applied(this.#desired);
      // A key that was late is in use now: the report still says what stood in its way.
      if (haproxy.outcomes.some(isKeyInstalled)) this.#wake();
    }).catch(this.#wake);
  }

  // At once and without a turn of the event loop: the VIPs move when Keepalived reads this.
  #giveUp(): void {
    try {
      writeFileSync(this.#paths.haproxyTrack, '1\n', { mode: 0o600 });
    } catch {
      // Without the directory no Keepalived runs here, and nothing is held.
    }
  }

  async #gone(anchor: string): Promise<void> {
    const end = performance.now() + moveMillisecondsMax;
    while (performance.now() < end) {
      const kernel = await readKernelAddresses();
      if (!kernel.some((one) => one.address === anchor && one.keepalived)) return;
      await delay(20);
    }
  }
}

function isKeyInstalled({ step, ok }: Outcome): boolean {
  return ok && step.kind === 'install-key';
}

function reloadReasons({ step, ok }: Outcome): (readonly string[])[] {
  return ok && step.kind === 'haproxy-reload' ? [step.reasons] : [];
}
