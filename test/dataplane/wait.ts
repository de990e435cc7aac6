import { setTimeout as delay } from 'node:timers/promises';

/** Looks every 20 ms until `seen` is true; after `seconds` it fails and says what it waited for. */
export async function until(what: string, seen: () => boolean, seconds = 60): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!seen()) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s for: ${what}`);
    await delay(20);
  }
}
