import { isRuntime, type Outcome } from '../plan/step.ts';

/**
 * While something is on its way (a first health check, a VIP about to appear) it is looked at this
 * often.
 */
const settleMilliseconds = 100;
/**
 * After so many looks in a row at which nothing moved something is wrong rather than slow, and
 * every `slowMilliseconds` is enough.
 */
const settleLooksMax = 50;
const slowMilliseconds = 5_000;

/** What a look came to. */
export type Look = {
  /** Something is still on its way. */
  readonly unsettled: boolean;
  /** A step was done: whoever waits now began to wait now. */
  readonly moved: boolean;
  /** How long it took. */
  readonly milliseconds: number;
};

/**
 * Whether steps brought anything nearer: files and states that were only made for a load that then
 * failed did not.
 */
export function hasMoved(outcomes: readonly Outcome[]): boolean {
  const isBroken = outcomes.some(({ ok, step }) => !ok && !isRuntime(step));
  return outcomes.some(({ ok, step }) => ok && !(isBroken && preparations.has(step.kind)));
}

const preparations: ReadonlySet<string> = new Set(['write-file', 'save-server-state']);

/** How soon to look again at what is on its way. */
export class SettleLooks {
  #looks = 0;

  /** Milliseconds until the next look after this one. */
  pauseAfter({ unsettled, moved, milliseconds }: Look): number {
    if (moved || !unsettled) this.#looks = 0;
    this.#looks += 1;
    if (this.#looks >= settleLooksMax) return slowMilliseconds;
    // With many Services a look takes long; changes that come meanwhile have half of the time.
    return Math.max(settleMilliseconds, milliseconds);
  }
}
