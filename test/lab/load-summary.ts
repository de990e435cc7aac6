/**
 * One request of the load: times in milliseconds since the epoch; the replica that answered, or why
 * none did.
 */
export type Sample = {
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome:
    | { readonly kind: 'ok'; readonly replica: string }
    | { readonly kind: 'failed'; readonly why: string };
};

/** What a window of the load saw. */
export type LoadResult = {
  readonly requests: number;
  readonly failed: number;
  /**
   * How many requests failed, by kind: connect-timeout, answer-timeout, ECONNREFUSED, ECONNRESET,
   * closed, status-503 …
   */
  readonly failures: Readonly<Record<string, number>>;
  /** The longest time between two successes, by completion; the window's end counts as one. */
  readonly longestGapMs: number;
  /** Answers by replica. */
  readonly perReplica: Readonly<Record<string, number>>;
  /** Each replica's last answer, in milliseconds since the window's start. */
  readonly lastSeen: Readonly<Record<string, number>>;
  /**
   * When the last failed request ended, in milliseconds since the window's start; 0 without one.
   */
  readonly lastFailureMs: number;
  /** The first failures, in milliseconds since the window's start. */
  readonly samples: readonly {
    readonly atMs: number;
    readonly tookMs: number;
    readonly why: string;
  }[];
  /**
   * The longest time between two requests' starts: far above the interval means that this machine
   * was too busy to judge.
   */
  readonly longestPauseMs: number;
};

/** The part of the load to look at, in milliseconds since the epoch. */
export type LoadWindow = { readonly fromMs: number; readonly toMs: number };

/** Failures repeated in a result. */
const samplesMax = 20;

/**
 * Summarises the requests that ended within the window. The gap that is open when the window starts
 * counts whole.
 */
export function summarize(samples: readonly Sample[], window: LoadWindow): LoadResult {
  const inside = samples.filter(({ endMs }) => endMs >= window.fromMs);
  const failures = inside.flatMap(({ startMs, endMs, outcome }) =>
    outcome.kind === 'ok' ? [] : [{ startMs, endMs, why: outcome.why }],
  );
  const answers = inside.flatMap(({ endMs, outcome }) =>
    outcome.kind === 'ok' ? [{ endMs, replica: outcome.replica }] : [],
  );
  return {
    requests: inside.length,
    failed: failures.length,
    failures: counted(failures.map(({ why }) => why)),
    longestGapMs: longestGapMs(samples, window),
    perReplica: counted(answers.map(({ replica }) => replica)),
    lastSeen: lastSeen(answers, window.fromMs),
    lastFailureMs: rounded(Math.max(0, ...failures.map(({ endMs }) => endMs - window.fromMs))),
    samples: failures.slice(0, samplesMax).map(({ startMs, endMs, why }) => ({
      atMs: rounded(startMs - window.fromMs),
      tookMs: rounded(endMs - startMs),
      why,
    })),
    longestPauseMs: longestStep(inside.map(({ startMs }) => startMs)),
  };
}

/** Reads one line of the open-loop client; undefined for anything else. */
export function parseSample(line: string): Sample | undefined {
  const [start, end, kind, what = ''] = line.split(' ');
  const startMs = Number(start);
  const endMs = Number(end);
  if (!Number.isFinite(startMs) || !Number.isFinite(endMs)) return undefined;
  if (kind === 'ok') return { startMs, endMs, outcome: { kind, replica: what } };
  if (kind === 'fail') return { startMs, endMs, outcome: { kind: 'failed', why: what } };
  return undefined;
}

function longestGapMs(samples: readonly Sample[], { fromMs, toMs }: LoadWindow): number {
  const times = samples
    .filter(({ outcome }) => outcome.kind === 'ok')
    .map(({ endMs }) => endMs)
    .toSorted((a, b) => a - b);
  const before = times.findLast((time) => time < fromMs) ?? fromMs;
  return longestStep([before, ...times.filter((time) => time >= fromMs), toMs]);
}

function longestStep(times: readonly number[]): number {
  const inOrder = times.toSorted((a, b) => a - b);
  const steps = inOrder.slice(1).map((time, at) => time - (inOrder[at] ?? time));
  return rounded(steps.reduce((longest, step) => Math.max(longest, step), 0));
}

function counted(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words.toSorted()) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function lastSeen(
  answers: readonly { readonly endMs: number; readonly replica: string }[],
  fromMs: number,
): Record<string, number> {
  const last: Record<string, number> = {};
  for (const { endMs, replica } of answers.toSorted((a, b) => a.endMs - b.endMs)) {
    last[replica] = rounded(endMs - fromMs);
  }
  return last;
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
