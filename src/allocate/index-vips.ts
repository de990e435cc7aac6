import type { Draft } from './draft.ts';
import { countUse } from './quota.ts';
import { rememberShared } from './sharing.ts';

/**
 * Fills the draft's indexes of its Vips, once the releases of the run are done: what counts for
 * quotas, who may be joined, what is kept for whom.
 */
export function indexVips(draft: Draft): void {
  for (const vip of draft.vips.values()) {
    countUse(draft, vip);
    rememberShared(draft, vip);
    if (vip.phase !== 'Retained') continue;
    for (const { namespace, name } of vip.holders) {
      const key = `${namespace}/${name}`;
      draft.retained.set(key, [...(draft.retained.get(key) ?? []), vip.name]);
    }
  }
}
