/**
 * Each try to load counts against the worker that serves (`mworker-max-reloads`), and what it
 * listens on pauses meanwhile: so the pause between two tries doubles up to the time for which an
 * old worker lives.
 */
const firstMilliseconds = 5_000;
const loadMillisecondsMax = 1_800_000;
/** What HAProxy was never asked to load harms nobody; another structure may be what helps. */
const otherMillisecondsMax = 60_000;
/** So many times another structure is tried that soon; then it waits as the same one does. */
const soonMax = 12;

/** A try that failed, with nobody to blame. */
export type FailedLoad = {
  /** The name of what was to be loaded. */
  readonly structure: string;
  readonly sentence: string;
  /** HAProxy tried to load it. */
  readonly isLoaded: boolean;
};

/** When what HAProxy did not take, and nobody is to blame for, may be tried again. */
export class FailedLoads {
  readonly #now: () => number;
  #last: (FailedLoad & { readonly atMs: number }) | undefined;
  #count = 0;

  /** `now` in milliseconds, of a clock that only goes on. */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** It was tried now. */
  failed(load: FailedLoad): void {
    this.#last = { ...load, atMs: this.#now() };
    this.#count += 1;
  }

  /** HAProxy took what it was given: what failed before says nothing of the next time. */
  loaded(): void {
    this.#last = undefined;
    this.#count = 0;
  }

  /** Why this structure is not to be tried yet; undefined: it may be. */
  why(structure: string): string | undefined {
    if (this.#last === undefined) return undefined;
    const { atMs, sentence } = this.#last;
    return this.#now() < atMs + this.#pause(this.#last, structure) ? sentence : undefined;
  }

  #pause(last: FailedLoad, structure: string): number {
    const isOther = structure !== last.structure && this.#count <= soonMax;
    const most = isOther || !last.isLoaded ? otherMillisecondsMax : loadMillisecondsMax;
    return Math.min(firstMilliseconds * 2 ** (this.#count - 1), most);
  }
}
