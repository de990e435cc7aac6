import type { Clock } from './clock.ts';

/** A signal that is aborted by its parent or by time, whichever comes first. */
export type TimeLimit = {
  readonly signal: AbortSignal;
  /** True when the time was up, false when the parent was aborted or nothing happened. */
  readonly expired: () => boolean;
  /** Must be called: frees the timer and the parent's listener. */
  readonly release: () => void;
};

/** `AbortSignal.any` keeps its parents' listeners for as long as a parent lives: hence this. */
export function timeLimit(clock: Clock, limitMs: number, parent?: AbortSignal): TimeLimit {
  const controller = new AbortController();
  let isExpired = false;
  const onParent = (): void => controller.abort();
  if (parent?.aborted) controller.abort();
  parent?.addEventListener('abort', onParent);
  const cancel = clock.after(limitMs, () => {
    isExpired = true;
    controller.abort();
  });
  return {
    signal: controller.signal,
    expired: () => isExpired,
    release: () => {
      cancel();
      parent?.removeEventListener('abort', onParent);
    },
  };
}
