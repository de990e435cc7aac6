import type { Lab } from '../lab.ts';
import { waitFor } from '../wait-for.ts';
import { holdersOfAll, type Published } from './view.ts';

/** A takeover takes a third of a second; what has not happened after this does not happen. */
const takeoverSeconds = 20;

/**
 * Waits until each address of a Service is held by exactly one node, and not by `from`; answers
 * who.
 */
export async function takenOver(
  lab: Lab,
  { service, from }: { readonly service: Published; readonly from: string },
): Promise<string[]> {
  let holders: string[] = [];
  const what = `another node than ${from} to hold ${service.addresses.join(' and ')}`;
  await waitFor({ what, boundSeconds: takeoverSeconds, everyMs: 200 }, async () => {
    const found = await holdersOfAll(lab, service.addresses);
    holders = [...new Set(found.flat())].toSorted();
    const isTaken = found.every((nodes) => nodes.length === 1 && nodes[0] !== from);
    return isTaken
      ? true
      : `held by ${found.map((nodes) => nodes.join('+') || 'nobody').join(', ')}`;
  });
  return holders;
}
