import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { blanked } from './blank.ts';

/** A file of the repository, as the tidy rules see it. */
export type Source = {
  /** From the top of the repository. */
  readonly path: string;
  readonly text: string;
  /** The text without comments, strings and regular expressions. */
  readonly code: string;
};

/** Larger files of a repository are data, not text that a person wrote. */
const textBytesMax = 2 * 1024 * 1024;

/** Every text file that git tracks or would track, in order of its path. */
export function repositoryFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const paths = execFileSync('git', args, { encoding: 'utf8' }).split('\0');
  return paths
    .filter((path) => path !== '' && existsSync(path))
    .filter((path) => statSync(path).isFile() && statSync(path).size <= textBytesMax)
    .toSorted();
}

/** Every TypeScript file of ours. */
export function sources(): Source[] {
  return repositoryFiles()
    .filter((path) => /^(src|test|tools|bench)\/.*\.ts$/.test(path))
    .map((path) => {
      const text = readFileSync(path, 'utf8');
      return { path, text, code: blanked(text) };
    });
}

/** The middle value; of an even number of values the lower middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
