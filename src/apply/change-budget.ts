import { namespaceOf } from '../lib/namespace-of.ts';
import { byText } from '../lib/order.ts';
import type { Refusal } from './admission.ts';

/**
 * How often one Service, and all of a namespace together, may have HAProxy loaded anew within
 * `windowMilliseconds`: each time leaves an old worker behind, and those are bounded for everybody.
 */
export type ChangeLimits = {
  readonly perService: number;
  readonly perNamespace: number;
  readonly windowMilliseconds: number;
};

/** The product's own. */
export const usualLimits: ChangeLimits = {
  ...{ perService: 12, perNamespace: 16 },
  windowMilliseconds: 120_000,
};

/** Keeps one tenant's changes from ending everybody's long connections. */
export class ChangeBudget {
  readonly #limits: ChangeLimits;
  readonly #now: () => number;
  /** When what of a Service, or of anything in a namespace, was loaded. */
  #loads = new Map<string, readonly number[]>();

  /** `now` in milliseconds, of a clock that only goes on. */
  constructor(limits = usualLimits, now = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Those of the changed Services (`namespace/name`) whose change is not to be loaded yet. */
  heldBack(changed: readonly string[]): Refusal[] {
    this.#forgetOld();
    const { perService, perNamespace } = this.#limits;
    return [...changed].toSorted(byText).flatMap((service) => {
      const why =
        this.#count(service) >= perService
          ? `it changed ${perService} times`
          : this.#count(namespaceOf(service)) >= perNamespace &&
            `Services of its namespace changed ${perNamespace} times`;
      return why === false ? [] : [{ service, sentence: this.#sentence(why) }];
    });
  }

  /** What changed has been loaded. */
  spend(changed: readonly string[]): void {
    const now = this.#now();
    for (const key of new Set([...changed, ...changed.map(namespaceOf)])) {
      this.#loads.set(key, [...(this.#loads.get(key) ?? []), now]);
    }
  }

  // Without the time that is left: the sentence is written into a status, which is not to change
  // every second.
  #sentence(why: string): string {
    const seconds = this.#limits.windowMilliseconds / 1_000;
    return (
      `${why} within ${seconds} s, and each change loads HAProxy anew for everybody; what was ` +
      'changed last counts a little later'
    );
  }

  #count(key: string): number {
    return this.#loads.get(key)?.length ?? 0;
  }

  #forgetOld(): void {
    const oldest = this.#now() - this.#limits.windowMilliseconds;
    const recent = [...this.#loads].map(
      ([key, times]) => [key, times.filter((time) => time > oldest)] as const,
    );
    this.#loads = new Map(recent.filter(([, times]) => times.length > 0));
  }
}
