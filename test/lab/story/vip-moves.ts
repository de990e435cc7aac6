import type { Lab } from '../lab.ts';
import type { Scene } from './step.ts';
import { failedRequests, type Seen } from './watch.ts';

const taken = '"event":"instance-taken"';

/**
 * How often any node took a VRRP instance since then, by what the agents logged. On few cores three
 * adverts in a row may be late although nothing is wrong, and a takeover cuts the connections of
 * those who were just talking.
 */
async function vipMovesSince(lab: Lab, since: Date): Promise<number> {
  const log = await lab.kubectl([
    '--namespace=fairlead-nodes',
    'logs',
    '--selector=app.kubernetes.io/component=agent',
    `--since-time=${since.toISOString()}`,
    '--tail=-1',
  ]);
  return log.split(taken).length - 1;
}

/** As often it is looked while VIPs move by themselves. */
const looksMax = 3;

/**
 * What clients saw in a time when no VIP moved, where there is one among three: who is cut by a
 * move was cut by nothing that the step is about.
 */
export async function whileNoVipMoves(
  { lab, say }: Pick<Scene, 'lab' | 'say'>,
  look: () => Promise<Seen[]>,
): Promise<Seen[]> {
  for (let looked = 1; ; looked += 1) {
    const since = new Date();
    const seen = await look();
    if (failedRequests(seen) === 0 || looked === looksMax) return seen;
    const moves = await vipMovesSince(lab, since);
    if (moves === 0) return seen;
    say(`VIPs moved ${moves} times meanwhile, by themselves; looking once more`);
  }
}
