import { assert } from '../lib/assert.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import { type Clock, type Surroundings, systemClock } from './clock.ts';
import { KubeError } from './kube-error.ts';

export type WorkQueueOptions = Surroundings & {
  /** One pass over a key. A rejection is a failure: the key comes back after its back-off (R18). */
  readonly work: (key: string) => Promise<void>;
  /** Keys worked on at the same time; one key never twice at a time. Default 1. */
  readonly workers?: number;
  /** Keys known at the same time; more are refused and left to the periodic re-sync. */
  readonly keysMax?: number;
  readonly backoff?: Backoff;
  readonly onFailure?: (failure: WorkFailure) => void;
};

export type WorkFailure = {
  readonly key: string;
  readonly error: unknown;
  /** Failures of this key in a row. */
  readonly failures: number;
  readonly retryMs: number;
};

export type WorkQueue = {
  /** Work on this key soon; false when full or stopped. Waking twice is waking once. */
  readonly wake: (key: string) => boolean;
  /** "Not ready yet, look again": no failure, no back-off. The earliest of several wins. */
  readonly wakeAfter: (key: string, delayMs: number) => boolean;
  /** Keys that could be worked on now and are not. */
  readonly depth: () => number;
  /** Resolves once nothing is ready or running; keys that wait for their time do not count. */
  readonly idle: () => Promise<void>;
  /** Takes nothing more and resolves when running work has ended. */
  readonly stop: () => Promise<void>;
};

/** 10,000 Services with their slices and Vips, four times over. */
const keysMaxDefault = 100_000;
/** R18: upstream's service controller. */
const backoffDefault: Backoff = { firstMs: 5_000, lastMs: 300_000 };

/** Starts at once. */
export function createQueue(options: WorkQueueOptions): WorkQueue {
  const queue = new Queue(options);
  return {
    wake: (key) => queue.wake(key),
    wakeAfter: (key, delayMs) => queue.wakeAfter(key, delayMs),
    depth: () => queue.depth,
    idle: () => queue.idle(),
    stop: () => queue.stop(),
  };
}

type KeyState = {
  isReady: boolean;
  isRunning: boolean;
  failures: number;
  /** The server asked to be left alone until then: not even an event wakes the key earlier. */
  notBeforeMs: number;
  timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
};

class Queue {
  readonly #options: WorkQueueOptions;
  readonly #clock: Clock;
  readonly #keys = new Map<string, KeyState>();
  /** Insertion order is the order of work. */
  readonly #ready = new Set<string>();
  #running = 0;
  #isStopped = false;
  #idleWaiters: (() => void)[] = [];

  constructor(options: WorkQueueOptions) {
    assert((options.workers ?? 1) >= 1, 'a queue needs a worker', { workers: options.workers });
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get depth(): number {
    return this.#ready.size;
  }

  wake(key: string): boolean {
    const state = this.#stateOf(key);
    if (state === undefined) return false;
    const waitMs = state.notBeforeMs - this.#clock.nowMs();
    if (waitMs > 0) this.#setTimer(key, state, waitMs);
    else this.#makeReady(key, state);
    return true;
  }

  wakeAfter(key: string, delayMs: number): boolean {
    const state = this.#stateOf(key);
    if (state === undefined) return false;
    const waitMs = Math.max(delayMs, state.notBeforeMs - this.#clock.nowMs());
    this.#setTimer(key, state, waitMs);
    return true;
  }

  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    for (const state of this.#keys.values()) state.timer?.cancel();
    this.#ready.clear();
    return this.idle();
  }

  #stateOf(key: string): KeyState | undefined {
    if (this.#isStopped) return undefined;
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    if (this.#keys.size >= (this.#options.keysMax ?? keysMaxDefault)) return undefined;
    const state = {
      ...{ isReady: false, isRunning: false, failures: 0 },
      ...{ notBeforeMs: Number.NEGATIVE_INFINITY, timer: undefined },
    };
    this.#keys.set(key, state);
    return state;
  }

  #setTimer(key: string, state: KeyState, delayMs: number): void {
    const atMs = this.#clock.nowMs() + delayMs;
    if (state.timer !== undefined && state.timer.atMs <= atMs) return;
    state.timer?.cancel();
    const cancel = this.#clock.after(delayMs, () => {
      state.timer = undefined;
      this.#makeReady(key, state);
    });
    state.timer = { atMs, cancel };
  }

  #makeReady(key: string, state: KeyState): void {
    if (this.#isStopped) return;
    state.isReady = true;
    // A running key is worked on again when this pass ends: it may have read before the change.
    if (state.isRunning) return;
    this.#ready.add(key);
    this.#startWork();
  }

  #startWork(): void {
    while (this.#running < (this.#options.workers ?? 1)) {
      const [key] = this.#ready;
      if (key === undefined) return;
      this.#ready.delete(key);
      void this.#workOn(key);
    }
  }

  async #workOn(key: string): Promise<void> {
    const state = this.#keys.get(key);
    assert(state !== undefined && !state.isRunning, 'a key is worked on twice', { key });
    this.#running += 1;
    state.isRunning = true;
    // The caller of `wake` goes on first: a burst of wakes is one pass.
    await Promise.resolve();
    state.isReady = false;
    try {
      await this.#options.work(key);
      state.failures = 0;
      state.notBeforeMs = Number.NEGATIVE_INFINITY;
    } catch (error) {
      this.#failed(key, state, error);
    }
    this.#running -= 1;
    state.isRunning = false;
    this.#settle(key, state);
  }

  #failed(key: string, state: KeyState, error: unknown): void {
    if (this.#isStopped) return;
    state.failures += 1;
    const random = (this.#options.random ?? Math.random)();
    const delayMs = backoffMs(this.#options.backoff ?? backoffDefault, state.failures, random);
    const askedMs = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
    state.notBeforeMs = this.#clock.nowMs() + askedMs;
    const retryMs = Math.max(delayMs, askedMs);
    this.#setTimer(key, state, retryMs);
    this.#options.onFailure?.({ key, error, failures: state.failures, retryMs });
  }

  #settle(key: string, state: KeyState): void {
    if (state.isReady && !this.#isStopped) this.wake(key);
    else if (state.timer === undefined) this.#keys.delete(key);
    this.#startWork();
    if (!this.#isIdle()) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #isIdle(): boolean {
    return this.#running === 0 && this.#ready.size === 0;
  }
}
