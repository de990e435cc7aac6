import { mayBeOurs } from '../allocate/claims.ts';
import type { Service } from '../model/objects.ts';
import { parseService } from '../model/parse-service.ts';

/** The Services that concern us; the others are not kept. */
export function concerningService(raw: unknown): Service | undefined {
  const service = parseService(raw);
  return service !== undefined && mayBeOurs(service) ? service : undefined;
}
