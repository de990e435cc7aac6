import { messageOf } from '../lib/message-of.ts';
import type { Outcome, RuntimeStep } from '../plan/step.ts';
import { commands } from '../plan/step.ts';
import { complaint, type HaproxySocket, lineBytesMax } from './haproxy-socket.ts';

/** The CLI commands of a step. */
export type CommandsOf<T extends RuntimeStep> = (step: T) => readonly string[];

/**
 * Packs steps into lines that HAProxy can read in one go; 1,000 adds in lines of fifty take 57 ms.
 */
export function lines<T extends RuntimeStep>(
  steps: readonly T[],
  of: CommandsOf<T> = commands,
): T[][] {
  const packed: T[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const step of steps) {
    const more = of(step).join(';').length + 1;
    if (bytes + more > lineBytesMax) {
      packed.push([]);
      bytes = 0;
    }
    packed.at(-1)?.push(step);
    bytes += more;
  }
  return packed;
}

/** Sends a line; every step has an outcome, also when nobody answers. */
export async function sent<T extends RuntimeStep>(
  socket: HaproxySocket,
  line: readonly T[],
  of: CommandsOf<T> = commands,
): Promise<Outcome[]> {
  try {
    return judged(line, await socket.batch(line.flatMap(of)), of);
  } catch (error) {
    return line.map((step) => ({ step, ok: false, detail: messageOf(error) }));
  }
}

/** Gives every step the answers to its own commands. */
export function judged<T extends RuntimeStep>(
  line: readonly T[],
  answers: readonly string[],
  of: CommandsOf<T> = commands,
): Outcome[] {
  let next = 0;
  return line.map((step) => {
    const own = of(step).map(() => complaint(answers[next++]));
    const wrong = own.filter((text) => text !== undefined);
    return { step, ok: wrong.length === 0, detail: wrong.join('; ') };
  });
}
