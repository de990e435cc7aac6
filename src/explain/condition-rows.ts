import type { Condition } from '../model/objects.ts';
import { isBad } from '../status/events.ts';
import type { Told } from './finding.ts';

/** One condition in a report. */
export type ConditionRow = Told & {
  readonly type: string;
  readonly status: Condition['status'];
  /** When the status last changed, RFC 3339. */
  readonly since: string;
  readonly bad: boolean;
  /** False: the controller would write it now, and has not done so yet. */
  readonly stored: boolean;
};

type Conditioned = { readonly conditions: readonly Condition[] };

/** The conditions as they are now, beside those that are stored. */
export function conditionRows(now: Conditioned, before: Conditioned): readonly ConditionRow[] {
  return now.conditions.map((condition) => {
    const { type, status, reason: code, message: sentence, lastTransitionTime: since } = condition;
    const old = before.conditions.find((candidate) => candidate.type === type);
    const stored = old?.status === status && old.reason === code && old.message === sentence;
    return { type, status, code, sentence, since, bad: isBad(condition), stored };
  });
}
