import { isPrepared } from '../allocate/claims.ts';
import type { Outcome } from '../allocate/outcome.ts';
import type { Service } from '../model/objects.ts';
import { serviceFinalizers } from '../tables/names.ts';

/**
 * The finalizers a Service should have, or `undefined` when it has them. They come before any
 * address (R6, R15) and go after every address of it is withdrawn (R7, R9); a refused Service keeps
 * what it has. The well-known one alone is no proof that the Service was ever ours (R10).
 */
export function serviceFinalizersWanted(
  service: Service,
  outcome: Outcome | undefined,
  isCarried: boolean,
): readonly string[] | undefined {
  const { finalizers } = service;
  const others = finalizers.filter((name) => !serviceFinalizers.some((ours) => ours === name));
  if (outcome?.kind === 'granted' || outcome?.kind === 'preparing') {
    const missing = serviceFinalizers.filter((name) => !finalizers.includes(name));
    // The API server refuses new finalizers on what is being deleted.
    return missing.length === 0 || service.deleting ? undefined : [...finalizers, ...missing];
  }
  const isOver = outcome === undefined && isPrepared(service) && !isCarried;
  return isOver ? others : undefined;
}
