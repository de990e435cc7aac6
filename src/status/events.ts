import type { Condition } from '../model/objects.ts';
import { conditions } from '../tables/conditions.ts';
import { eventReasonOf } from '../tables/event-reasons.ts';
import { reasonMeanings } from '../tables/reason-meanings.ts';
import type { ReasonCode } from '../tables/reasons.ts';

/** The object an event is about. */
export type Regarding = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
};

/** One thing worth telling the object's owner (R83). */
export type EventValue = {
  readonly regarding: Regarding;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly message: string;
};

/**
 * The events of a change of conditions: one for each whose status or reason is another one now.
 * Steady state makes none, nor does a changed message; the first look at a new object tells only
 * what an owner must act on or waits for.
 */
export function transitions(
  regarding: Regarding,
  before: readonly Condition[],
  after: readonly Condition[],
): readonly EventValue[] {
  return after.flatMap((condition) => {
    const old = before.find((candidate) => candidate.type === condition.type);
    const isSame = old?.status === condition.status && old.reason === condition.reason;
    const isOrdinary = old === undefined && ordinaryAtFirst.has(condition.reason);
    if (isSame || isOrdinary || condition.status === 'Unknown') return [];
    return [eventOf(regarding, condition)];
  });
}

/** A new object begins so: nobody is to be called for it. */
const ordinaryAtFirst: ReadonlySet<string> = new Set([
  'NotProgrammed',
  'NoHolder',
  'NotReady',
  'PortsServed',
  'SecretPending',
  'CertificatesReady',
  'Valid',
  'AddressesFree',
  'ReservationsFree',
]);

/** Conditions that are bad news when they are True. */
const badWhenTrue: ReadonlySet<string> = new Set(
  Object.values(conditions)
    .filter(({ good }) => good === 'False')
    .map(({ type }) => type),
);

/** Whether a condition is bad news; what is not known yet is none. */
export function isBad({ type, status }: Pick<Condition, 'type' | 'status'>): boolean {
  return status !== 'Unknown' && (status === 'True') === badWhenTrue.has(type);
}

function eventOf(regarding: Regarding, condition: Condition): EventValue {
  const { type, reason, message } = condition;
  const action = type.slice(type.lastIndexOf('/') + 1);
  const told = eventReasonOf(reason);
  const verdict = isBad(condition) || isKept(reason) ? 'Warning' : 'Normal';
  return { regarding, type: verdict, reason: told, action, message };
}

/** The owner of what goes on as before has something to do (A31, A48, A49). */
function isKept(reason: string): boolean {
  return reason in reasonMeanings && reasonMeanings[reason as ReasonCode].kind === 'kept';
}
