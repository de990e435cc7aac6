import { setTimeout as pause } from 'node:timers/promises';

/** How often a condition is looked at. */
const pollIntervalMs = 20;

/** Waits until a condition holds; after `boundMs` it fails and says what it waited for. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  boundMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + boundMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${boundMs} ms: ${what}`);
    await pause(pollIntervalMs);
  }
}
