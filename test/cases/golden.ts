import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DesiredPool } from '../../src/desired/desired-node.ts';
import { renderHaproxy } from '../../src/render/haproxy.ts';
import { renderKeepalived } from '../../src/render/keepalived.ts';
import { renderNft } from '../../src/render/nft.ts';
import { poolPaths } from '../../src/render/pool-paths.ts';
import { desiredOf, type Manifest, manifestsOf } from './case-cluster.ts';
import { otherSections } from './other-sections.ts';

/** The files that the daemons get. */
export type Rendered = {
  readonly haproxy: string;
  readonly keepalived: string;
  readonly nft: string;
};

/** What the renderers make of a pool. */
export function rendered(desired: DesiredPool): Rendered {
  const paths = poolPaths(desired.pool);
  return {
    haproxy: renderHaproxy(desired.haproxy, paths).text,
    keepalived: renderKeepalived(desired.keepalived, paths),
    nft: renderNft(desired),
  };
}

/** A `rendered-<name>.case`: objects as a user writes them, then what node-1 makes of them. */
export type ObjectCase = {
  readonly name: string;
  /** As it is committed. */
  readonly text: string;
  /** What stands before the output. */
  readonly head: string;
  readonly objects: readonly Manifest[];
};

/** Every case of this folder. */
export function objectCases(): readonly ObjectCase[] {
  const names = readdirSync(import.meta.dirname).flatMap(
    (file) => /^rendered-(.*)\.case$/.exec(file)?.[1] ?? [],
  );
  return names.sort().map(readCase);
}

function readCase(name: string): ObjectCase {
  const text = readFileSync(pathOf(name), 'utf8');
  const [head = ''] = text.split(/^(?==== (?!objects))/m);
  const [, objects = ''] = head.split(/^=== objects\n/m);
  return { name, text, head, objects: manifestsOf(objects) };
}

/** The case every other one is compared with. */
const plain = 'plain';

/** The case as it should be: of the files only what the plain case does not have. */
export function goldenText({ name, head, objects }: ObjectCase): string {
  const { haproxy, keepalived, nft } = rendered(desiredOf(objects));
  const usual = name === plain ? undefined : rendered(desiredOf(readCase(plain).objects));
  const parts = [
    ['haproxy.cfg', otherSections(haproxy, usual?.haproxy)],
    ['keepalived.conf', otherSections(keepalived, usual?.keepalived)],
    ['nft', otherSections(nft, usual?.nft)],
  ];
  const said = parts.filter(([, text]) => text !== '');
  return [head, ...said.map(([file, text]) => `=== ${file}\n${text}`)].join('');
}

/** Writes what the case should be. */
export function bless(of: ObjectCase): void {
  writeFileSync(pathOf(of.name), goldenText(of));
}

function pathOf(name: string): string {
  return join(import.meta.dirname, `rendered-${name}.case`);
}
