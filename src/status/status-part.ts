import { none } from '../lib/none.ts';
import { isSame } from '../lib/same.ts';
import type { Condition } from '../model/objects.ts';
import { type EventValue, type Regarding, transitions } from './events.ts';

/** The object that something is written to, and the version it was read at. */
export type Subject = { readonly regarding: Regarding; readonly resourceVersion: string };

/**
 * A status to write: only the fields we own, whole (server-side apply, R29, R87), to the object as
 * it was read. What was decided from an older one is not written over a newer one.
 */
export type StatusWrite = Subject & {
  readonly status: Readonly<Record<string, unknown>>;
};

/** The finalizers an object should have, whole, under the version they were read at (R12). */
export type FinalizerWrite = Subject & { readonly finalizers: readonly string[] };

/** What one object's status comes to; nothing to write when nothing changed (R17). */
export type Part = {
  readonly write?: StatusWrite;
  readonly finalizers?: FinalizerWrite;
  readonly events: readonly EventValue[];
  readonly wakeAtMs?: number | undefined;
};

/** Nothing to write and nothing to tell. */
export const silent: Part = { events: none };

/** Whether nothing is to be written; that does not depend on the time of the run. */
export function isQuiet({ write, finalizers }: Part): boolean {
  return write === undefined && finalizers === undefined;
}

/** A write with the events of its transitions. */
export function statusPart(
  subject: Subject,
  status: Readonly<Record<string, unknown>> & { readonly conditions: readonly Condition[] },
  before: readonly Condition[],
): Part {
  const events = transitions(subject.regarding, before, status.conditions);
  return { write: { ...subject, status }, events };
}

/** Whether two statuses say the same; conditions may come in any order. */
export function samePart<T extends WithConditions>(a: T, b: T): boolean {
  return (
    isSameConditions(a.conditions, b.conditions) &&
    isSame({ ...a, conditions: undefined }, { ...b, conditions: undefined })
  );
}

type WithConditions = { readonly conditions: readonly Condition[] };

/** A type occurs once: the API's list is a map by it. */
function isSameConditions(a: readonly Condition[], b: readonly Condition[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((one) =>
    isSame(
      one,
      b.find(({ type }) => type === one.type),
    ),
  );
}
