import { byText } from '../lib/order.ts';
import { hash32 } from './digest.ts';

/**
 * The slots that clients are hashed to, many more than endpoints, so that shares come out even. The
 * same for any number of endpoints: another count would move everybody. Of more endpoints than
 * slots some get nobody.
 */
export const slotCount = 256;

/**
 * Which endpoint each slot has, by rendezvous hashing: every node fills the slots alike, and when
 * an endpoint comes or goes no flow moves between the others. `endpoints` are their names, at least
 * one.
 */
export function slotsOf(endpoints: readonly string[]): readonly string[] {
  const names = endpoints.toSorted(byText);
  return Array.from({ length: slotCount }, (_, slot) => {
    let best = names[0] ?? '';
    let bestWeight = -1;
    for (const name of names) {
      const weight = hash32(`${slot} ${name}`);
      if (weight > bestWeight) {
        best = name;
        bestWeight = weight;
      }
    }
    return best;
  });
}
