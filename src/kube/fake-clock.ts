import type { Clock } from './clock.ts';

/** A clock that stands still until a test moves it. */
export type FakeClock = Clock & {
  /** Runs every timer due until then, in order, and lets what they started settle in between. */
  readonly advance: (ms: number) => Promise<void>;
};

type Timer = { readonly atMs: number; readonly action: () => void };

/** Starts at 0 ms, and at 2026-01-01 on the wall. */
export function createFakeClock(): FakeClock {
  let nowMs = 0;
  const timers = new Set<Timer>();
  const nextDue = (untilMs: number): Timer | undefined =>
    [...timers].filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  return {
    nowMs: () => nowMs,
    wallMs: () => Date.UTC(2026, 0, 1) + nowMs,
    after: (delayMs, action) => {
      const timer = { atMs: nowMs + delayMs, action };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: async (ms) => {
      const untilMs = nowMs + ms;
      await settled();
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer);
        nowMs = timer.atMs;
        timer.action();
        await settled();
      }
      nowMs = untilMs;
    },
  };
}

/** Every promise that can go on has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
