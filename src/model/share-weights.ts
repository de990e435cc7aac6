import { isSpareWeight } from '../tables/spare-weights.ts';

/** What one side’s servers get: so many of them this weight, the others none. */
export type SideShare = { readonly weight: number; readonly count: number };

/** Weights of the Service’s own servers and of the other Service’s. */
export type Shares = { readonly own: SideShare; readonly other: SideShare };

/**
 * The weights by which `percent` of new connections go to the other side, whatever the numbers of
 * servers are (HAProxy: 0 to 256). Both sides are there, and 0 < percent < 100. Where one server of
 * a side would have to get more than `weightMax` times what one of the other gets, not all of the
 * other side take part: with a share so small the first few are enough.
 */
export function shareWeights(
  percent: number,
  servers: { readonly own: number; readonly other: number },
): Shares {
  // How much more one of the other servers gets than one of our own.
  const factor = (own: number, other: number) => (percent * own) / ((100 - percent) * other);
  const most = factor(servers.own, servers.other);
  const own = most > weightMax ? fitting(servers.own, most / weightMax) : servers.own;
  const other = most < 1 / weightMax ? fitting(servers.other, 1 / most / weightMax) : servers.other;
  const [ownWeight, otherWeight] = nearestRatio(factor(own, other));
  return {
    own: { weight: ownWeight, count: own },
    other: { weight: otherWeight, count: other },
  };
}

/** Above what a server without a share has, and below what marks spare ones. */
export const weightMax = 255;

function fitting(count: number, excess: number): number {
  return Math.max(1, Math.floor(count / excess));
}

/** The two weights whose ratio (second to first) is nearest, of several the smallest. */
function nearestRatio(wanted: number): readonly [number, number] {
  let best: readonly [number, number] = [1, 1];
  let bestError = Number.POSITIVE_INFINITY;
  for (let first = 1; first <= weightMax; first += 1) {
    const second = Math.min(weightMax, Math.max(1, Math.round(first * wanted)));
    if (isSpareWeight(first) || isSpareWeight(second)) continue;
    const error = Math.abs(Math.log(second / first / wanted));
    if (error < bestError - 1e-9) [best, bestError] = [[first, second], error];
  }
  return best;
}
