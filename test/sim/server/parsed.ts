import type { ApiObject } from './api-object.ts';

type Parser<T> = (raw: unknown) => T | undefined;

const known = new WeakMap<object, WeakMap<Parser<unknown>, unknown>>();

/** What a parser makes of an object, made once: stored objects never change. */
export function parsed<T>(raw: ApiObject, parse: Parser<T>): T | undefined {
  const of = known.get(raw) ?? new WeakMap<Parser<unknown>, unknown>();
  known.set(raw, of);
  if (!of.has(parse)) of.set(parse, parse(raw));
  return of.get(parse) as T | undefined;
}

/** All that can be read of a list. */
export function parsedAll<T>(raws: readonly ApiObject[], parse: Parser<T>): T[] {
  return raws.flatMap((raw) => parsed(raw, parse) ?? []);
}
