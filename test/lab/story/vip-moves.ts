import type { Lab } from '../lab.ts';

/** Why a move is looked for: who is cut by it was cut by no dead replica. */
const taken = '"event":"instance-taken"';

/**
 * How often any node took a VRRP instance since then, by what the agents logged. On few cores three
 * adverts in a row may be late although nothing is wrong, and a takeover cuts the connections of
 * those who were just talking.
 */
export async function vipMovesSince(lab: Lab, since: Date): Promise<number> {
  const log = await lab.kubectl([
    '--namespace=fairlead-nodes',
    'logs',
    '--selector=app.kubernetes.io/component=agent',
    `--since-time=${since.toISOString()}`,
    '--tail=-1',
  ]);
  return log.split(taken).length - 1;
}
