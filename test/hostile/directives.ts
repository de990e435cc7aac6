import { desiredOf } from '../cases/case-cluster.ts';
import { objectCases, rendered } from '../cases/golden.ts';
import type { Served } from './served.ts';

/** The files of a pool. */
export type FileName = keyof Served['texts'];

/**
 * Directives whose second word says what they do, so that the first alone would let too much pass.
 */
const twoWords = new Set([
  ...['option', 'timeout', 'stats', 'log', 'stick', 'http-check', 'http-request', 'http-response'],
  ...[
    'tcp-request',
    'tcp-check',
    'compression',
    'http-error',
    'elements',
    'type',
    'delete',
    'flags',
  ],
]);

/**
 * What a line of a file says: the kind of section it is in, and its directive. Values that begin a
 * line (addresses, networks, numbers, names of instances) are all alike; a comment is itself.
 */
export function directivesOf(text: string): readonly string[] {
  let section = 'top';
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const words = line.trim().split(' ');
      const first = words[0] ?? '';
      if (/^[^\s#}]/.test(line)) section = first;
      if (first === '#') return line.trim();
      const isValue = /^([0-9a-f:]*[.:][0-9a-f.:/]*|\d+|v\d+)$/i.test(first);
      const directive = isValue
        ? '<value>'
        : twoWords.has(first)
          ? words.slice(0, 2).join(' ')
          : first;
      return `${section}: ${directive}`;
    });
}

/** A comment that names a frontend, as nft's do. */
const naming = /^# [a-z0-9.-]+_[a-z0-9.-]+_\d+_[0-9a-f.-]+, port \d+\/(UDP|SCTP)$/;

/**
 * A line of a file that no golden has the like of, or undefined. The goldens (test/cases) are what
 * people and daemons have agreed to; a directive that is new needs one there first.
 */
export function unknownDirective(file: FileName, text: string): string | undefined {
  const lines = text.split('\n');
  const index = directivesOf(text).findIndex(
    (directive) => !known[file].has(directive) && !(file === 'nft' && naming.test(directive)),
  );
  return index < 0 ? undefined : lines[index];
}

const known = knownDirectives();

function knownDirectives(): Readonly<Record<FileName, ReadonlySet<string>>> {
  const goldens = objectCases().map(({ objects }) => rendered(desiredOf(objects)));
  const of = (file: FileName) => new Set(goldens.flatMap((texts) => directivesOf(texts[file])));
  const nft = new Set([...of('nft')].filter((directive) => !naming.test(directive)));
  return { haproxy: of('haproxy'), keepalived: of('keepalived'), nft };
}
