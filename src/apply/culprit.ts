import type { Frontend } from '../desired/desired-node.ts';

/**
 * What HAProxy refuses, of all that it says: its alerts, one a line. Warnings may be of others. A
 * text without an alert is answered whole.
 */
export function alertsOf(words: string): readonly string[] {
  const alerts = words.split('\n').filter((line) => line.includes('[ALERT]'));
  return alerts.length > 0 ? alerts : [words];
}

/**
 * The frontend that HAProxy complains about: the section around the first line it names, else the
 * first of our names in its words. Undefined when it names neither.
 */
export function culprit(
  complaint: string,
  text: string,
  frontends: readonly Frontend[],
): Frontend | undefined {
  const named = new Map(frontends.map((frontend) => [frontend.name, frontend]));
  const line = /\[[^\]\s]*:([0-9]+)\]/.exec(complaint)?.[1];
  const section = line === undefined ? undefined : sectionAt(text, Number(line));
  if (section !== undefined && named.has(section)) return named.get(section);
  const words = complaint.split(/[^A-Za-z0-9_.-]+/).map((word) => word.replace(/\.$/, ''));
  return words.map((word) => named.get(word)).find((frontend) => frontend !== undefined);
}

function sectionAt(text: string, line: number): string | undefined {
  const before = text.split('\n').slice(0, line).toReversed();
  const heading = before.find((content) => /^(frontend|backend) /.test(content));
  // Some have more than one backend of their own.
  return heading?.split(' ')[1]?.replace(/\.(clients|open)$/, '');
}
