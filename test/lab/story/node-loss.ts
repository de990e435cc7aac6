import { setTimeout as pause } from 'node:timers/promises';
import { moveOff } from './applications.ts';
import { converged } from './converged.ts';
import type { Scene } from './step.ts';
import { takenOver } from './taken-over.ts';
import { holderOf, type Published } from './view.ts';

/** Who answered each client before and after the node was lost, and who holds the VIP now. */
export type NodeLoss = {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly holders: readonly string[];
};

/** A replica that came gets its first client once every node has checked it. */
const checkedMs = 3_000;

/**
 * Cuts the power of the node that holds the VIPs of a Service behind which web's replicas are, none
 * of them on that node; the clients ask before and after. The node is on again at the end.
 */
export async function loseHolder(
  { lab, say }: Scene,
  service: Published,
  ask: () => Promise<readonly string[]>,
): Promise<NodeLoss> {
  const holder = await holderOf(lab, service.addresses[0] ?? '');
  await moveOff(lab, 'web', holder.name);
  await pause(checkedMs);
  const before = await ask();
  say(`cutting the power of ${holder.name}, which holds the VIP of ${service.name}`);
  await holder.kill();
  try {
    const holders = await takenOver(lab, { service, from: holder.name });
    return { before, after: await ask(), holders };
  } finally {
    await holder.return();
    await converged(lab);
  }
}

/** How many clients have the replica they had. */
export function keptCount({ before, after }: NodeLoss): number {
  return before.filter((replica, index) => replica !== '' && replica === after[index]).length;
}
