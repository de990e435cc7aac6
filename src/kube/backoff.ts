/** An exponential back-off: the first delay, doubled by every failure, up to the last. */
export type Backoff = { readonly firstMs: number; readonly lastMs: number };

/**
 * The delay before attempt `failures + 1`, in ms. Jitter takes away up to half, so that a thousand
 * agents that lost the same API server do not come back in one moment. `random` is in [0, 1).
 */
export function backoffMs(backoff: Backoff, failures: number, random: number): number {
  // Beyond 2^30 doublings every back-off of ours has long reached its last delay.
  const doublings = Math.min(Math.max(failures - 1, 0), 30);
  const delayMs = Math.min(backoff.firstMs * 2 ** doublings, backoff.lastMs);
  return delayMs * (1 - random / 2);
}
