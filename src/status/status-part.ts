import { isSame } from '../lib/same.ts';
import type { Condition } from '../model/objects.ts';
import { type EventValue, type Regarding, transitions } from './events.ts';

/** A status to write: only the fields we own, whole (server-side apply, R29, R87). */
export type StatusWrite = {
  readonly regarding: Regarding;
  readonly status: Readonly<Record<string, unknown>>;
};

/** The finalizers an object should have, whole, under the version they were read at (R12). */
export type FinalizerWrite = {
  readonly regarding: Regarding;
  readonly resourceVersion: string;
  readonly finalizers: readonly string[];
};

/** What one object's status comes to; nothing to write when nothing changed (R17). */
export type Part = {
  readonly write?: StatusWrite;
  readonly finalizers?: FinalizerWrite;
  readonly events: readonly EventValue[];
  readonly wakeAtMs?: number | undefined;
};

/** A write with the events of its transitions. */
export function statusPart(
  regarding: Regarding,
  status: Readonly<Record<string, unknown>> & { readonly conditions: readonly Condition[] },
  before: readonly Condition[],
): Part {
  const events = transitions(regarding, before, status.conditions);
  return { write: { regarding, status }, events };
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
