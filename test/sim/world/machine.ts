import type { Clock } from '../../../src/kube/clock.ts';
import type { Random } from '../../run/random.ts';
import type { Scheduler } from './scheduler.ts';

/** The wall at the start of every simulation: 2026-01-01T00:00:00Z. */
export const startWallMs = 1_767_225_600_000;

/** Keeps an order where time alone would not. */
export const instantMs = 0.001;

/** A timer is late by up to so much, now and then by more: never early. */
const lateMsMax = 5;

/**
 * Where one process runs: its clocks, which nobody else's agree with, and its end. Once it is dead
 * nothing reaches it any more: its promises hang for ever.
 */
export class Machine {
  readonly name: string;
  /** How fast its monotonic clock runs. */
  readonly rate: number;
  isDead = false;
  /** Added to the true time; a jump of the clock changes it. */
  wallOffsetMs = 0;
  #frozenUntilMs = 0;
  #heldBack = 0;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #startMs: number;

  constructor(of: {
    readonly name: string;
    readonly scheduler: Scheduler;
    readonly random: Random;
    readonly rate: number;
  }) {
    this.name = of.name;
    this.#scheduler = of.scheduler;
    this.#random = of.random;
    this.rate = of.rate;
    this.#startMs = of.random.below(1_000_000);
  }

  readonly clock: Clock = {
    nowMs: () => this.#startMs + this.#scheduler.nowMs * this.rate,
    wallMs: () => Math.floor(startWallMs + this.#scheduler.nowMs + this.wallOffsetMs),
    after: (delayMs, action) => {
      const lateMs = this.#random.next() * lateMsMax;
      return this.deliver(this.#scheduler.nowMs + delayMs / this.rate + lateMs, action);
    },
  };

  /** Stops for a while (a long collection, a frozen pod): all it gets comes afterwards. */
  freeze(forMs: number): void {
    this.#frozenUntilMs = Math.max(this.#frozenUntilMs, this.#scheduler.nowMs + forMs);
    this.#heldBack = 0;
  }

  /** Something reaches the process, if it still lives then. */
  deliver(atMs: number, action: () => void): () => void {
    let cancel = (): void => undefined;
    const arrive = (): boolean => {
      if (this.isDead) return false;
      if (this.#frozenUntilMs > this.#scheduler.nowMs) {
        // In the order in which it came.
        this.#heldBack += 1;
        const afterMs = this.#frozenUntilMs + this.#heldBack * instantMs;
        cancel = this.#scheduler.deliver(afterMs, arrive);
        return false;
      }
      action();
      return true;
    };
    cancel = this.#scheduler.deliver(atMs, arrive);
    return () => cancel();
  }
}
