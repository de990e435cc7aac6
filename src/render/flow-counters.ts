import type { FlowFrontend } from '../desired/desired-node.ts';

/**
 * What nftables counts of a port: packets of clients that were let in, packets that were refused,
 * and flows that were sent to an endpoint (by their first packet).
 */
export const flowCounterKinds = ['received', 'denied', 'flows'] as const;
export type FlowCounterKind = (typeof flowCounterKinds)[number];

/** A port's counter: `<kind>_<protocol>_<frontend>`. */
export function flowCounter(kind: FlowCounterKind, { protocol, name }: FlowFrontend): string {
  return `${kind}_${protocol.toLowerCase()}_${name}`;
}
