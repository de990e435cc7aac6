import type { Random } from '../../run/random.ts';

/** How the way to the API server behaves for a while: probabilities and delays. */
export type Weather = {
  /** Longest usual latency of one way, ms. */
  readonly latencyMs: number;
  /** Not one byte arrives: connection refused. */
  readonly refused: number;
  /** Reset; the request never arrived. */
  readonly resetBefore: number;
  /** Reset; the request was done all the same. */
  readonly resetAfter: number;
  /** Reset, and the request is done up to a minute later. */
  readonly late: number;
  /** No answer at all; done or not. */
  readonly silent: number;
  /** 500, 503, 504 instead of doing it. */
  readonly serverError: number;
  /** Done, and answered by 500 or 504. */
  readonly errorAfter: number;
  /** 429, mostly with Retry-After. */
  readonly tooMany: number;
  /** A write meets a conflict that nobody made. */
  readonly conflict: number;
  readonly unauthorized: number;
  /** The answer is cut in the middle of its body. */
  readonly cutBody: number;
  /** A list of an older revision. */
  readonly staleList: number;
  /** Longest usual delay of a watch event, ms; now and then twenty times that. */
  readonly eventDelayMs: number;
  /** An event comes twice. */
  readonly duplicate: number;
  /** After an event: the stream is reset, what was under way is lost and asked for again. */
  readonly cutStream: number;
  /** After an event: the same in the middle of the next line. */
  readonly cutLine: number;
  /** After an event: nothing comes any more, and nobody says so. */
  readonly silentStream: number;
  /** After an event: the rest is dropped and the stream ends with 410. */
  readonly goneStream: number;
};

/** Nothing goes wrong. */
export const calm: Weather = {
  ...{ latencyMs: 15, refused: 0, resetBefore: 0, resetAfter: 0, late: 0, silent: 0 },
  ...{ serverError: 0, errorAfter: 0, tooMany: 0, conflict: 0, unauthorized: 0, cutBody: 0 },
  ...{ staleList: 0, eventDelayMs: 10, duplicate: 0, cutStream: 0, cutLine: 0 },
  ...{ silentStream: 0, goneStream: 0 },
};

/** No two storms are alike: each fault is absent, seldom or frequent. */
export function storm(random: Random): Weather {
  const some = (most: number): number => {
    const dice = random.next();
    return dice < 0.5 ? 0 : dice < 0.85 ? most / 8 : most;
  };
  return {
    latencyMs: random.pick([5, 40, 300, 2_000]),
    ...{ refused: some(0.1), resetBefore: some(0.1), resetAfter: some(0.15), late: some(0.05) },
    ...{ silent: some(0.05), serverError: some(0.2), errorAfter: some(0.1), tooMany: some(0.2) },
    ...{ conflict: some(0.1), unauthorized: some(0.02), cutBody: some(0.05) },
    staleList: some(0.3),
    eventDelayMs: random.pick([1, 20, 200, 3_000]),
    ...{ duplicate: some(0.1), cutStream: some(0.05), cutLine: some(0.03) },
    ...{ silentStream: some(0.01), goneStream: some(0.02) },
  };
}
