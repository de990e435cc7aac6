import type { ConfigurationFile } from '../plan/step.ts';
import { type Ended, run } from './program.ts';

/** What a daemon says about a file: undefined when it takes it, else its own words. */
export async function checkFile(
  file: ConfigurationFile,
  path: string,
): Promise<string | undefined> {
  return file === 'haproxy.cfg' ? await checkHaproxy(path) : await checkKeepalived(path);
}

/** `haproxy -c`: everything but taken ports and file limits (dataplane.md section 6). */
export async function checkHaproxy(path: string): Promise<string | undefined> {
  const ended = await run('haproxy', ['-c', '-f', path]);
  return ended.status === 0 ? undefined : wordsOf(ended);
}

/** `keepalived -t`: also against this node's interfaces, so it must run on the node. */
export async function checkKeepalived(path: string): Promise<string | undefined> {
  const ended = await run('keepalived', ['-t', '-f', path]);
  return ended.status === 0 ? undefined : wordsOf(ended);
}

/** Enough to name a hundred who are refused; a condition has one line of it. */
const wordsMax = 32_000;

/** All that a daemon said. */
export function wordsOf({ stdout, stderr }: Ended): string {
  return (stdout + stderr).trim().slice(0, wordsMax) || 'refused without a word';
}
