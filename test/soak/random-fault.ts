import { type Fault, isWatch, type ProxiedCall } from '../api/fault-proxy.ts';
import type { Random } from '../run/random.ts';

/** What a broken server answers; each means another way out for who asked. */
const statuses = [500, 502, 503, 504, 429, 410] as const;

/** About every third call is broken somehow; drawn from the seed, call by call. */
export function randomFault(random: Random, call: ProxiedCall): Fault | undefined {
  const isRead = call.method === 'GET';
  return random.pickWeighted<() => Fault | undefined>([
    { value: () => undefined, weight: 60 },
    { value: () => answer(random), weight: 12 },
    { value: () => ({ kind: 'reset' }), weight: 8 },
    // Of a write the answer is lost, not the write; a watch is cut in the middle of a line.
    { value: () => ({ kind: 'cut', afterBytes: random.below(4000) }), weight: isRead ? 14 : 8 },
    { value: () => ({ kind: 'append', text: '{"type":"ADD' }), weight: isWatch(call) ? 4 : 1 },
    // A delayed write that its sender has given up would come after the next one, by design.
    { value: () => ({ kind: 'delay', delayMs: random.below(800) }), weight: isRead ? 6 : 0 },
    // Costs its sender the whole time-out of 15 s.
    { value: () => ({ kind: 'stall' }), weight: 0.5 },
  ])();
}

function answer(random: Random): Fault {
  const status = random.pick(statuses);
  return status === 429
    ? { kind: 'answer', status, retryAfterSeconds: 1 }
    : { kind: 'answer', status };
}
