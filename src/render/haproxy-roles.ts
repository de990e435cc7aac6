import type { Server } from '../desired/desired-node.ts';

/**
 * Options of a server by its part. Spares are HAProxy's backup servers, all of which serve when no
 * other can (`option allbackups`): that needs no reload, no command and no agent.
 */
export function roleOptions(server: Server): readonly string[] {
  const weight = weightOf(server);
  const isUsual = weight === usualWeight;
  return [...(isUsual ? [] : ['weight', String(weight)]), ...(isSpare(server) ? ['backup'] : [])];
}

/** Whether it is to serve only when the others cannot. */
export function isSpare({ role }: Server): boolean {
  return role === 'Spare' || role === 'LastSpare';
}

/**
 * The weight that a server is to have. `show servers state` tells the weight that a server was made
 * with and not whether it is a backup, so the weight says that too: two of them only spares have.
 */
export function weightOf({ role, weight = usualWeight }: Server): number {
  if (role === 'Spare') return spareWeight;
  return role === 'LastSpare' ? lastSpareWeight : weight;
}

/** Whether a server that was made with this weight is a backup. */
export function isSpareWeight(weight: number): boolean {
  return weight === spareWeight || weight === lastSpareWeight;
}

const usualWeight = 1;
/** As far apart as can be (HAProxy: 0 to 256): of spares the last ones get one in 129. */
const spareWeight = 256;
const lastSpareWeight = 2;
