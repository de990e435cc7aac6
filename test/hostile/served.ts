import type { DesiredPool } from '../../src/desired/desired-node.ts';
import { desiredNode } from '../../src/desired/desired-pools.ts';
import type { NodeSnapshot } from '../../src/desired/node-snapshot.ts';
import { rendered } from '../cases/golden.ts';
import { poolName } from './hostile-cluster.ts';

/** What an agent makes of a snapshot: the pool's desired state, and the texts for its daemons. */
export type Served = {
  readonly snapshot: NodeSnapshot;
  readonly desired: DesiredPool;
  readonly texts: ReturnType<typeof rendered>;
};

/** The whole way from the snapshot to the texts. */
export function served(snapshot: NodeSnapshot): Served {
  const desired = desiredNode(snapshot).node.pools.find(({ pool }) => pool === poolName);
  if (desired === undefined) throw new Error(`no pool ${poolName} on this node`);
  return { snapshot, desired, texts: rendered(desired) };
}

/** A section of haproxy.cfg: its heading, as `frontend NAME`, and its lines. */
export type Section = { readonly heading: string; readonly lines: readonly string[] };

/** The sections of a haproxy.cfg, in order; what stands before the first is one without heading. */
export function sectionsOf(text: string): readonly Section[] {
  const sections: { heading: string; lines: string[] }[] = [{ heading: '', lines: [] }];
  for (const line of text.trimEnd().split('\n')) {
    if (/^[^\s#]/.test(line)) sections.push({ heading: line, lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections;
}
