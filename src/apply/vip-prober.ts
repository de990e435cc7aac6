import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isSame } from '../lib/same.ts';
import {
  type Attempt,
  chooseTargets,
  judgeAttempt,
  noTests,
  noteRound,
  targetsInOrder,
  type VipTarget,
  type VipTestResult,
  type VipVerdict,
  vipVerdict,
} from '../plan/vip-test.ts';
import { testPorts } from '../tables/limits.ts';

/** A round every so often, three tries each: some 30 bytes a second of a node. */
const everyMilliseconds = 15_000;
/** The answer to a lost SYN comes with its first repetition, a second later. */
const attemptMilliseconds = 2_500;

export type VipProberOptions = {
  /** The verdict is another one. */
  readonly changed: () => void;
  readonly everyMilliseconds?: number;
};

/**
 * Tries VIPs of one pool from this node, a few at a time, for as long as it is open; what they
 * come to is judged in plan/vip-test.ts.
 */
export class VipProber {
  readonly #changed: () => void;
  readonly #every: number;
  readonly #counts: Record<VipTestResult, number> = { reached: 0, elsewhere: 0, unknown: 0 };
  #aimed: readonly VipTarget[] = [];
  #targets: readonly VipTarget[] = [];
  #tests = noTests;
  #verdict: VipVerdict | undefined;
  #tries = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ changed, everyMilliseconds: every = everyMilliseconds }: VipProberOptions) {
    this.#changed = changed;
    this.#every = every;
  }

  /** What the tries come to; undefined where there is nothing to try. */
  get verdict(): VipVerdict | undefined {
    return this.#verdict;
  }

  /** Tries so far, by what they came to. */
  get counts(): Readonly<Record<VipTestResult, number>> {
    return { ...this.#counts };
  }

  /** What may be tried from now on; mostly it is what was told before. */
  aim(targets: readonly VipTarget[]): void {
    if (!isSame(targets, this.#aimed)) {
      this.#aimed = targets;
      this.#targets = targetsInOrder(targets);
      this.#verdict = vipVerdict(this.#tests, this.#targets);
    }
    if (this.#closed || this.#timer !== undefined) return;
    this.#later();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #later(): void {
    // Not all nodes at the same moment: a random part of the time between.
    const wait = this.#every * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => void this.#round().finally(() => this.#again()), wait);
  }

  #again(): void {
    if (!this.#closed) this.#later();
  }

  async #round(): Promise<void> {
    const results = new Map<VipTarget, VipTestResult>();
    for (const target of chooseTargets(this.#tests, this.#targets)) {
      if (this.#closed) return;
      const result = judgeAttempt(target, await this.#attempt(target));
      this.#counts[result] += 1;
      results.set(target, result);
    }
    const targets = this.#targets;
    this.#tests = noteRound(this.#tests, targets, results);
    const verdict = vipVerdict(this.#tests, targets);
    const before = this.#verdict;
    this.#verdict = verdict;
    if (!isSame(verdict, before)) this.#changed();
  }

  async #attempt({ address, port, from }: VipTarget): Promise<Attempt> {
    this.#tries += 1;
    const localPort = testPorts.first + (this.#tries % (testPorts.last - testPorts.first + 1));
    const socket = connect({
      ...{ host: address, port, localPort },
      ...(from === undefined ? {} : { localAddress: from }),
    });
    const answered = new Promise<Attempt>((resolve) => {
      socket.once('connect', () => resolve('connected'));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        // An own port that is taken, or not ours to take, tells nothing of the VIP.
        resolve(error.syscall === 'connect' ? (error.code ?? 'unknown') : 'no source');
      });
    });
    const ended = new AbortController();
    const tooLate = delay(attemptMilliseconds, 'silence' as Attempt, { signal: ended.signal });
    try {
      return await Promise.race([answered, tooLate.catch(() => 'silence')]);
    } finally {
      ended.abort();
      // Whoever took it gets a reset: an orderly end would be a client that said nothing.
      socket.resetAndDestroy();
    }
  }
}
