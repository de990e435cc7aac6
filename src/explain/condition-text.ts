import type { ConditionRow } from './condition-rows.ts';
import { type Line, toned } from './page.ts';

/** Conditions as `kubectl describe` has them, and whether they are written yet. */
export function conditionLines(conditions: readonly ConditionRow[]): Line[] {
  return conditions.map(({ type, status, code, sentence, bad, stored }) => [
    `${type}=${status}`,
    toned(bad ? 'bad' : 'good', code),
    stored ? sentence : `${sentence}   (not written yet)`,
  ]);
}
