import assert from 'node:assert/strict';
import { frontendOfSection } from '../../src/render/haproxy-backup.ts';
import { goodAddresses } from './good-service.ts';
import { type Served, sectionsOf } from './served.ts';

const good = 'good/web';

/** The good Service is served as it is where it is alone. */
export function judgeGood(crowd: Served, alone: Served): void {
  assert.deepEqual(goodParts(crowd), goodParts(alone));
}

/** Everything in the texts that is of the good Service, by where it stands. */
export function goodParts({ desired, texts }: Served): Readonly<Record<string, readonly string[]>> {
  const names = desired.haproxy.frontends
    .filter(({ service }) => service === good)
    .map(({ name }) => name);
  const flows = desired.flows.filter(({ service }) => service === good).map(({ name }) => name);
  const isGood = (heading: string) => {
    const [kind = '', name = ''] = heading.split(' ');
    if (['global', 'defaults', 'peers'].includes(kind)) return true;
    return names.includes(frontendOfSection(name));
  };
  const sections = sectionsOf(texts.haproxy).filter(({ heading }) => isGood(heading));
  return {
    ...Object.fromEntries(sections.map(({ heading, lines }) => [heading, withoutName(lines)])),
    keepalived: linesWith(texts.keepalived, Object.values(goodAddresses)),
    nft: linesWith(texts.nft, Object.values(goodAddresses)),
    ...Object.fromEntries(flows.map((name) => [`flows ${name}`, blocksOf(texts.nft, name)])),
  };
}

/** The name of the structure is another one with every change. */
function withoutName(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !line.startsWith('  description '));
}

/** Without the comma that tells whether more follows. */
function linesWith(text: string, words: readonly string[]): readonly string[] {
  return text
    .split('\n')
    .filter((line) => words.some((word) => line.trim().split(/[ /]/).includes(word)))
    .map((line) => line.replace(/ ,$/, ''));
}

/** The blocks of nft that are named after a frontend. */
function blocksOf(text: string, name: string): readonly string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    if (!line.endsWith(`_${name} {`)) return [];
    return lines.slice(index, lines.indexOf('  }', index) + 1);
  });
}
