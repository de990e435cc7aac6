import { setTimeout as pause } from 'node:timers/promises';
import { LabError, messageOf } from './lab-error.ts';

/** What a probe answers: `true`, or a few words on what it saw instead. */
export type Seen = true | string;

/**
 * Asks `probe` every `everyMs` until it answers true. After `boundSeconds` it throws
 * LAB_WAIT_TIMEOUT, which says what was waited for and what was seen last. A probe that throws has
 * seen its error.
 */
export async function waitFor(what: WaitedFor, probe: () => Promise<Seen>): Promise<void> {
  const end = performance.now() + what.boundSeconds * 1000;
  for (;;) {
    const seen = await probe().catch(messageOf);
    if (seen === true) return;
    if (performance.now() > end) throw timedOut(what, seen);
    await pause(what.everyMs ?? 50);
  }
}

/** The thing waited for, in words that complete "waited for …", and for how long at most. */
export type WaitedFor = {
  readonly what: string;
  readonly boundSeconds: number;
  readonly everyMs?: number;
};

function timedOut({ what, boundSeconds }: WaitedFor, seen: string): LabError {
  const text = `waited ${boundSeconds} s for ${what}; last seen: ${seen.trim() || 'nothing'}`;
  return new LabError('LAB_WAIT_TIMEOUT', text);
}
