import { setTimeout as pause } from 'node:timers/promises';

/** How often a waiting command looks. */
const everyMs = 500;

/** Looks until there is nothing left to wait for, or the time is over; answers whether it ended. */
export async function waitUntil(
  look: () => Promise<boolean>,
  timeoutSeconds: number,
): Promise<boolean> {
  const endMs = performance.now() + timeoutSeconds * 1000;
  while (!(await look())) {
    if (performance.now() >= endMs) return false;
    await pause(everyMs);
  }
  return true;
}
