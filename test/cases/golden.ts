import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DesiredPool } from '../../src/desired/desired-node.ts';
import { renderHaproxy } from '../../src/render/haproxy.ts';
import { renderKeepalived } from '../../src/render/keepalived.ts';
import { renderNft } from '../../src/render/nft.ts';
import { poolPaths } from '../../src/render/pool-paths.ts';

/** The files a golden is made of, as the daemons get them. */
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

/** One golden file: what goes in, then what comes out. */
export function goldenText(desired: DesiredPool, { haproxy, keepalived, nft }: Rendered): string {
  const parts = [
    ['desired', `${JSON.stringify(desired, undefined, 2)}\n`],
    ['haproxy.cfg', haproxy],
    ['keepalived.conf', keepalived],
    ['nft', nft],
  ];
  return parts.map(([name, text]) => `=== ${name}\n${text}`).join('');
}

/** Where the golden of a case lies. */
export function goldenPath(name: string): string {
  return join(import.meta.dirname, `rendered-${name}.case`);
}

/** The golden as it is committed; empty when there is none. */
export function committed(name: string): string {
  try {
    return readFileSync(goldenPath(name), 'utf8');
  } catch {
    return '';
  }
}
