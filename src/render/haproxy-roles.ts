import type { Server } from '../desired/desired-node.ts';
import { hashedSpareWeight, lastSpareWeight, spareWeight } from '../tables/spare-weights.ts';
import { isHashed, type Sharing } from './haproxy-balance.ts';

/**
 * Options of a server by its part. Spares are HAProxy's backup servers, all of which serve when no
 * other can (`option allbackups`): that needs no reload, no command and no agent.
 */
export function roleOptions(server: Server, sharing: Sharing): readonly string[] {
  const weight = weightOf(server, sharing);
  const isUsual = weight === usualWeight;
  return [...(isUsual ? [] : ['weight', String(weight)]), ...(isSpare(server) ? ['backup'] : [])];
}

/**
 * Whether it stands in the file. One that is not ready is there only for connections that it has,
 * and those stay with the worker that has them: after a reload it comes back as a new one does.
 */
export function isWritten({ state }: Server): boolean {
  return state !== 'unready';
}

/** Whether it is to serve only when the others cannot. */
export function isSpare({ role }: Server): boolean {
  return role === 'Spare' || role === 'LastSpare';
}

/**
 * The weight that a server is to have. `show servers state` tells the weight that a server was made
 * with and not whether it is a backup, so the weight says that too: some only spares have.
 */
export function weightOf({ role, weight = usualWeight }: Server, sharing: Sharing): number {
  if (role === 'Spare') return isHashed(sharing) ? hashedSpareWeight : spareWeight;
  return role === 'LastSpare' ? lastSpareWeight : weight;
}

const usualWeight = 1;
