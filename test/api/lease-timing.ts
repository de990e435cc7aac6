import type { ElectionTiming } from '../../src/kube/lease.ts';

/** A fifth of the real one; the proportions are kept. */
export const candidateTiming: ElectionTiming = {
  leaseMs: 3_000,
  renewDeadlineMs: 2_000,
  retryMs: 400,
};
