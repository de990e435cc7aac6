import type { ReasonCode } from './reasons.ts';

/**
 * Upstream's words where upstream has one for the situation (k8s-requirements.md 1L); for all other
 * codes the event's reason is the code itself.
 */
const upstreamReasons: Readonly<Partial<Record<ReasonCode, string>>> = {
  Allocated: 'IPAllocated',
  Programmed: 'EnsuredLoadBalancer',
  NoEligibleNode: 'UnAvailableLoadBalancer',
};

/** The reason of the event that tells a condition's reason (R83). */
export function eventReasonOf(code: string): string {
  return (upstreamReasons as Readonly<Record<string, string>>)[code] ?? code;
}
