/** Time as an argument: what waits or measures in src/kube and src/loop takes one of these. */
export type Clock = {
  /** Monotonic milliseconds: only differences mean something. */
  readonly nowMs: () => number;
  /** Milliseconds since 1970, for what is written into objects; never for judging durations. */
  readonly wallMs: () => number;
  /** Runs `action` once after `delayMs`, never before this call returns; the result cancels it. */
  readonly after: (delayMs: number, action: () => void) => () => void;
};

/** What a part is given from outside; left out, the machine's own. The simulator gives others. */
export type Surroundings = {
  readonly clock?: Clock | undefined;
  /** In [0, 1). */
  readonly random?: (() => number) | undefined;
};

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, action) => {
    if (delayMs === 0) return afterThisTurn(action);
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

/** No wait at all, but everything else that is due goes first. setTimeout would wait 1 ms. */
function afterThisTurn(action: () => void): () => void {
  const turn = setImmediate(action);
  return () => clearImmediate(turn);
}

/** Resolves after `delayMs`, or at once when the signal is aborted; never rejects. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delayMs, end);
    signal.addEventListener('abort', end);
  });
}

/** Runs `action` every `intervalMs` until the returned function is called. */
export function every(clock: Clock, intervalMs: number, action: () => void): () => void {
  let cancel: () => void;
  const arm = (): void => {
    cancel = clock.after(intervalMs, () => {
      arm();
      action();
    });
  };
  arm();
  return () => cancel();
}
