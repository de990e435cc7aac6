import { none } from '../lib/none.ts';
import { only } from '../lib/only.ts';

/** JSON as it came over the wire. Readers below never throw and never trust it. */
export type Raw = unknown;

/** The object inside, or an empty one. */
export function fieldsOf(raw: Raw): Readonly<Record<string, Raw>> {
  const isObject = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
  return isObject ? (raw as Readonly<Record<string, Raw>>) : {};
}

/** The list inside, or an empty one. */
export function listOf(raw: Raw): readonly Raw[] {
  return Array.isArray(raw) ? raw : none;
}

/** The text inside, or `otherwise`. */
export function textOf(raw: Raw, otherwise = ''): string {
  return typeof raw === 'string' ? raw : otherwise;
}

/** The text inside; an empty one counts as absent, as in the Kubernetes API. */
export function optionalTextOf(raw: Raw): string | undefined {
  return typeof raw === 'string' && raw !== '' ? raw : undefined;
}

/** The whole number inside, or `otherwise`. */
export function numberOf(raw: Raw, otherwise = 0): number {
  return typeof raw === 'number' && Number.isSafeInteger(raw) ? raw : otherwise;
}

/** The truth inside; nil means `otherwise` (R66). */
export function truthOf(raw: Raw, otherwise: boolean): boolean {
  return typeof raw === 'boolean' ? raw : otherwise;
}

/** The texts of a list; what is no text is dropped. */
export function textsOf(raw: Raw): readonly string[] {
  return only(listOf(raw), isText);
}

function isText(raw: Raw): raw is string {
  return typeof raw === 'string';
}

/** Names and texts: labels, annotations, node selectors. */
export function textMapOf(raw: Raw): Readonly<Record<string, string>> {
  return withoutOthers(fieldsOf(raw), (_, value) => isText(value)) as Record<string, string>;
}

/** What of an object is wanted; where nothing is, the one empty object of all. */
export function withoutOthers<Value>(
  fields: Readonly<Record<string, Value>>,
  isWanted: (name: string, value: Value) => boolean,
): Readonly<Record<string, Value>> {
  const entries = Object.entries(fields).filter(([name, value]) => isWanted(name, value));
  return entries.length === 0 ? nothing : Object.fromEntries(entries);
}

const nothing: Readonly<Record<string, never>> = Object.freeze({});

/** One of the words allowed, or the first of them. */
export function oneOf<T extends string>(raw: Raw, words: readonly [T, ...T[]]): T {
  return words.find((word) => word === raw) ?? words[0];
}
