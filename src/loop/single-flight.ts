import { type Clock, type Surroundings, systemClock } from '../kube/clock.ts';

/**
 * Runs one piece of work at a time: `wake` during a run asks for exactly one more. Wakes within
 * `settleMs` become one run, so that a burst of events costs one reconcile. Failures are reported
 * and retried after a back-off that doubles to `retryMaxMs`.
 */
export class SingleFlight {
  readonly #options: SingleFlightOptions;
  readonly #clock: Clock;
  #cancelTimer: () => void = () => undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  #stopped = false;
  #failures = 0;

  constructor(options: SingleFlightOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Asks for a run, after `delayMs` at the latest (default: the settle time). */
  wake(delayMs: number = this.#options.settleMs): void {
    const dueMs = this.#clock.nowMs() + delayMs;
    if (this.#stopped || dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    if (this.#running === undefined) this.#arm();
  }

  /** No further run begins so soon; whatever wakes it meanwhile becomes one run. */
  rest(durationMs: number): void {
    this.#notBeforeMs = this.#clock.nowMs() + durationMs;
  }

  /** No further run starts; resolves when one under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#running;
  }

  #arm(): void {
    this.#cancelTimer();
    if (this.#stopped || this.#dueMs === Number.POSITIVE_INFINITY) return;
    const startMs = Math.max(this.#dueMs, this.#notBeforeMs);
    const delayMs = Math.min(Math.max(0, startMs - this.#clock.nowMs()), timerMaxMs);
    this.#cancelTimer = this.#clock.after(delayMs, () => this.#start());
  }

  #start(): void {
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      this.#arm();
    });
  }

  async #run(): Promise<void> {
    this.#dueMs = Number.POSITIVE_INFINITY;
    try {
      await this.#options.run();
      this.#failures = 0;
    } catch (error) {
      this.#options.failed(error);
      this.#failures += 1;
      this.wake(Math.min(retryFirstMs * 2 ** (this.#failures - 1), this.#options.retryMaxMs));
    }
  }
}

export type SingleFlightOptions = Pick<Surroundings, 'clock'> & {
  readonly run: () => Promise<void>;
  readonly failed: (error: unknown) => void;
  readonly settleMs: number;
  readonly retryMaxMs: number;
};

const retryFirstMs = 100;

/** setTimeout's own limit is 2^31-1 ms; a run an hour early harms nobody. */
const timerMaxMs = 3_600_000;
