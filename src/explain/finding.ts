import type { Condition } from '../model/objects.ts';
import { type ReasonMeaning, reasonMeanings } from '../tables/reason-meanings.ts';
import { type Reason, type ReasonCode, sentence } from '../tables/reasons.ts';

/** A reason as people and programs read it: the code and sentence of conditions and events. */
export type Told = { readonly code: string; readonly sentence: string };

/** What can be done about it. */
export type Advice = {
  /** In words; `null` where nothing is to be done. */
  readonly remedy: string | null;
  /** A command that shows more or mends it. */
  readonly command: string | null;
};

/** What is wrong, or worth knowing, about one object. */
export type Finding = Told &
  Advice & {
    /** `problem`: something does not work. `note`: it works, and somebody should know something. */
    readonly severity: 'problem' | 'note';
    /** `VipPool edge`, `Service shop/web`. */
    readonly object: string;
  };

/** A reason, told. */
export function tell(reason: Reason): Told {
  return { code: reason.code, sentence: sentence(reason) };
}

/** A condition, told: its reason and message are a reason's code and sentence. */
export function tellCondition({ reason, message }: Condition): Told {
  return { code: reason, sentence: message };
}

/** What the reference page says of the code, and a command beside it. */
export function adviceOn(code: string, command: string | null = null): Advice {
  const remedy = meaningOf(code)?.remedy ?? 'nothing';
  return { remedy: remedy === 'nothing' ? null : remedy, command };
}

/** `undefined` for a code of another version. */
function meaningOf(code: string): ReasonMeaning | undefined {
  return Object.hasOwn(reasonMeanings, code) ? reasonMeanings[code as ReasonCode] : undefined;
}

/** Faults that harm nobody who has an address. */
const harmless: ReadonlySet<string> = new Set<ReasonCode>(['ClassUnset', 'PoolInUse']);

/** Faults that everything new begins with. */
const ordinaryWhenNew: ReadonlySet<string> = new Set<ReasonCode>([
  'NotProgrammed',
  'NoHolder',
  'NotReady',
]);

/** Pods of a new pool start within some seconds; what takes longer does not come by itself. */
const newMs = 30_000;

/** How serious a reason is that has stood for `ageMs`. */
export function severityOf(code: string, ageMs: number): Finding['severity'] {
  const kind = meaningOf(code)?.kind;
  const isNew = ordinaryWhenNew.has(code) && ageMs < newMs;
  const isNote = kind === 'kept' || kind === 'state' || isNew || harmless.has(code);
  return isNote ? 'note' : 'problem';
}
