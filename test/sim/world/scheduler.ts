/**
 * Virtual time. Whatever is to happen has a due time, with a seeded latency in it; of two due
 * together chance decides. Between two steps everything that can go on goes on, so that a run
 * depends on the seed alone.
 */
import type { Random } from '../../run/random.ts';

type Due = {
  readonly atMs: number;
  /** Decides between two that are due together. */
  readonly order: number;
  /** True when code under test goes on because of it: that was a step. */
  readonly action: () => boolean;
  isCancelled: boolean;
};

export class Scheduler {
  /** Since the start of the simulation. */
  nowMs = 0;
  /** Responses, events and timers delivered so far. */
  steps = 0;
  readonly #random: Random;
  readonly #heap: Due[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Something outside the processes under test: a request arrives, a user acts. */
  at(atMs: number, action: () => void): () => void {
    return this.deliver(atMs, () => {
      action();
      return false;
    });
  }

  /** A response, an event or a timer for a process; false when it did not get through. */
  deliver(atMs: number, action: () => boolean): () => void {
    const order = this.#random.next();
    const due = { atMs: Math.max(atMs, this.nowMs), order, action, isCancelled: false };
    this.#push(due);
    return () => {
      due.isCancelled = true;
    };
  }

  /** Runs what is due next; false when nothing is left. */
  async next(): Promise<boolean> {
    const due = this.#pop();
    if (due === undefined) return false;
    this.nowMs = Math.max(this.nowMs, due.atMs);
    if (!due.action()) return true;
    this.steps += 1;
    await quiescence();
    return true;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(due);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Due;
      if (!isBefore(due, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): Due | undefined {
    for (;;) {
      const first = this.#heap[0];
      const last = this.#heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (this.#heap.length > 0) this.#sink(last);
      if (!first.isCancelled) return first;
    }
  }

  #sink(due: Due): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Due)) child += 1;
      const below = heap[child] as Due;
      if (!isBefore(below, due)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = due;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Every promise that can go on has gone on: all of them do before the next turn of the loop. */
function quiescence(): Promise<void> {
  return new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
