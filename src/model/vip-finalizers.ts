import { vipFinalizer } from '../tables/names.ts';
import type { Vip } from './objects.ts';

/** The finalizers of a Vip without ours: those of others stay (R12). */
export function othersFinalizers({ finalizers }: Pick<Vip, 'finalizers'>): readonly string[] {
  return finalizers.filter((name) => name !== vipFinalizer);
}
