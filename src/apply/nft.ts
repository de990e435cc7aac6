import { run } from './program.ts';

/**
 * Loads a ruleset in one transaction. Returns nft's words when it refused; then nothing changed.
 */
export async function applyNft(text: string): Promise<string | undefined> {
  const ended = await run('nft', ['-f', '-'], text);
  return ended.status === 0 ? undefined : ended.stderr.trim().slice(0, 2_000);
}
