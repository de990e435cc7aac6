import * as z from 'zod';
import { protocols } from '../tables/names.ts';

/**
 * Fields that several kinds share. Every text and list is bounded: CEL costs are static
 * (k8s-requirements.md C4).
 */

/**
 * Longest pool name: it names directories, nftables tables and DaemonSets on the nodes (design.md
 * section 1).
 */
export const poolNameLengthMax = 40;

const dnsLabel = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

/** A whole number between two bounds, both included. */
export function wholeNumber(min: number, max: number) {
  return z.int().min(min).max(max);
}

/** A text of at most `max` characters that a pattern (RE2: no look-around) describes whole. */
export function text(max: number, pattern?: string) {
  const bounded = z.string().max(max);
  return pattern === undefined ? bounded : bounded.regex(new RegExp(pattern));
}

/** A list of at most `max` values that one writer owns whole. */
export function list<T extends z.ZodType>(item: T, max: number) {
  return z.array(item).max(max).meta({ 'x-kubernetes-list-type': 'atomic' });
}

/** A list of at most `max` objects that `keys` tell apart; several writers may own entries. */
export function listBy<T extends z.ZodType>(item: T, max: number, keys: readonly string[]) {
  return z
    .array(item)
    .max(max)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });
}

/** Text by text, at most `max` entries: labels. */
export function textMap(max: number) {
  return z.record(z.string(), text(63)).meta({ maxProperties: max });
}

/** Name of a Node, a VrrpInstance or a Service: an object name. */
export const objectName = () => text(253, '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$').min(1);
export const labelName = () => text(63, `^${dnsLabel}$`).min(1);
export const poolName = () => text(poolNameLengthMax, `^${dnsLabel}$`).min(1);

/** Linux bounds interface names at 15 bytes; the rest could end a configuration line. */
export const interfaceName = () => text(15, '^[A-Za-z0-9][A-Za-z0-9_.-]*$').min(1);

/** A point of time, RFC 3339. */
export const timestamp = () => z.string().max(40).meta({ format: 'date-time' });

/** metadata.generation of another object. */
export const generation = () => wholeNumber(0, Number.MAX_SAFE_INTEGER).meta({ format: 'int64' });

export const port = () => wholeNumber(1, 65_535).meta({ format: 'int32' });
export const protocol = () => z.enum(protocols);

const condition = z.object({
  type: text(316).min(1).describe('What the condition is about.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: text(1024, '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$')
    .min(1)
    .describe('Stable code of the cause, CamelCase.'),
  message: text(32_768).describe('A sentence for people: what is so, and what to do.'),
  lastTransitionTime: timestamp().describe('When the status last changed.'),
  observedGeneration: generation()
    .optional()
    .describe('The metadata.generation of this object that the condition was judged on.'),
});

/** metav1.Condition list, keyed by type (k8s-requirements.md C14). */
export const conditions = () =>
  listBy(condition, 16, ['type']).optional().describe('What is known about this object.');
