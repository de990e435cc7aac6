/** The middle of some samples, and where the middle of endlessly many such samples would lie. */
export type MedianInterval = {
  readonly median: number;
  /** Absent where there are too few samples to say it with this confidence. */
  readonly interval?: { readonly low: number; readonly high: number };
};

/** How sure the interval is. */
export const confidence = 0.95;

/**
 * The median of the samples with its interval by order statistics: how many of n samples lie below
 * the true median is a matter of coin flips (David and Nagaraja, Order Statistics, 7.1), so nothing
 * is assumed about how they are spread, and a slice that was disturbed counts as one sample. Six
 * samples are the fewest that have an interval; of twelve it reaches from the third to the tenth.
 */
export function medianInterval(samples: readonly number[]): MedianInterval {
  const sorted = samples.toSorted((a, b) => a - b);
  const median = middle(sorted);
  const rank = intervalRank(sorted.length);
  const [low, high] = [sorted[rank - 1], sorted[sorted.length - rank]];
  return low === undefined || high === undefined ? { median } : { median, interval: { low, high } };
}

/** Of an even count the mean of the two in the middle. */
function middle(sorted: readonly number[]): number {
  const half = (sorted.length - 1) / 2;
  const [lower, upper] = [sorted[Math.floor(half)], sorted[Math.ceil(half)]];
  return lower === undefined || upper === undefined ? Number.NaN : (lower + upper) / 2;
}

/** The rank from below, and from above, of the samples that bound the interval; 0: none do. */
function intervalRank(count: number): number {
  let rank = 0;
  let outside = 0;
  for (let below = 0; below < count / 2; below += 1) {
    // Both ends: so few below the median, or so few above it.
    outside += (2 * combinations(count, below)) / 2 ** count;
    if (outside > 1 - confidence) return rank;
    rank = below + 1;
  }
  return rank;
}

/** In how many ways `chosen` of `count` can be taken. */
function combinations(count: number, chosen: number): number {
  let ways = 1;
  for (let index = 1; index <= chosen; index += 1) ways = (ways * (count - chosen + index)) / index;
  return ways;
}
