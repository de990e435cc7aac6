/** As far apart as can be (HAProxy: 0 to 256): of spares the last ones get one in 129. */
export const spareWeight = 256;

/** A consistent hash has 16 points for each unit, some 50 bytes each: 28 kB, and one in 17. */
export const hashedSpareWeight = 32;

export const lastSpareWeight = 2;

/** Whether only spare servers have the weight: `show servers state` does not tell backups. */
export function isSpareWeight(weight: number): boolean {
  return spareWeights.includes(weight);
}

const spareWeights: readonly number[] = [spareWeight, hashedSpareWeight, lastSpareWeight];
