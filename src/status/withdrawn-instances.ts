import { by } from '../lib/order.ts';
import type { Vip, Withdrawal } from '../model/objects.ts';
import { byInstance, vipsDigest } from '../model/vips-digest.ts';
import { withdrawalsPerNodeMax } from '../tables/limits.ts';

/**
 * What released Vips ask a node about and it does not run: silence could also come from a node that
 * has not come to report yet, so it is said (R7, A64). `running` are the instances that it runs.
 */
export function withdrawnInstances(
  node: string,
  { vips, running }: { readonly vips: readonly Vip[]; readonly running: readonly string[] },
): readonly Withdrawal[] {
  const asking = vips.filter(({ awaitedNodes }) => awaitedNodes.includes(node));
  if (asking.length === 0) return [];
  const asked = new Set(asking.flatMap(instancesAskedAbout));
  const absent = [...asked.difference(new Set(running))];
  const vipsOf = byInstance(vips);
  return absent
    .map((instance) => ({ instance, digest: vipsDigest(vipsOf.get(instance) ?? []) }))
    .toSorted(by(({ instance }) => instance))
    .slice(0, withdrawalsPerNodeMax);
}

function instancesAskedAbout({ instance, previousInstance }: Vip): readonly string[] {
  return previousInstance === undefined ? [instance] : [instance, previousInstance];
}
