import type { Condition } from '../model/objects.ts';
import { formatTimestamp } from '../model/timestamp.ts';
import { type Reason, sentence } from '../tables/reasons.ts';

/** A condition as it should be; its time is found by comparing with what stands. */
export type Judgement = {
  readonly type: string;
  readonly status: Condition['status'];
  readonly reason: Reason;
};

/** Says that something holds or not, and why. */
export function judge(type: string, status: Condition['status'], reason: Reason): Judgement {
  return { type, status, reason };
}

/** What the judgements are compared with and stamped by. */
export type Stamp = {
  readonly before: readonly Condition[];
  readonly nowMs: number;
  /** For our own kinds; Services have no useful generation (R31). */
  readonly generation?: number;
};

/** The conditions to write: a transition time changes only with the status (metav1.Condition). */
export function conditionsOf(judgements: readonly Judgement[], stamp: Stamp): readonly Condition[] {
  return judgements.map(({ type, status, reason }) => {
    const before = stamp.before.find((condition) => condition.type === type);
    return {
      ...{ type, status, reason: reason.code, message: sentence(reason) },
      lastTransitionTime:
        before?.status === status && before.lastTransitionTime !== ''
          ? before.lastTransitionTime
          : formatTimestamp(stamp.nowMs),
      ...(stamp.generation !== undefined && { observedGeneration: stamp.generation }),
    };
  });
}
