import type { KubeClient } from '../../src/kube/client.ts';
import { LineSplitter } from '../../src/kube/line-splitter.ts';
import type { Shown } from './controller-fixture.ts';
import { base } from './installed.ts';
import { clientOf } from './kube-fixture.ts';
import type { ApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

/** One write as the API server tells of it. */
export type Change = {
  readonly kind: 'Service' | 'Vip';
  readonly isDeletion: boolean;
  readonly object: Shown;
};

/** Every write to Services and Vips from its start, not only what is left at the end. */
export type History = {
  /** All that is done by now, in the order in which the API server did it. */
  changes(): Promise<Change[]>;
  stop(): Promise<void>;
};

const kinds = ['Service', 'Vip'] as const;
const paths = { Service: '/api/v1/services', Vip: `${base}/vips` } as const;
const lineBytesMax = 4 * 1024 * 1024;

/** Begins to record; resolves when nothing can be missed any more. */
export async function recordHistory(api: ApiServer): Promise<History> {
  const client = clientOf(api);
  const abort = new AbortController();
  const changes: Change[] = [];
  const readers = await Promise.all(
    kinds.map((kind) =>
      follow(client, kind, { signal: abort.signal, tell: (change) => changes.push(change) }),
    ),
  );
  return {
    changes: async () => {
      // Watches tell of a write after its answer.
      await waitUntil('the history has been told all', () => isToldOfAll(client, changes));
      return changes.toSorted((a, b) => versionOf(a) - versionOf(b));
    },
    stop: async () => {
      abort.abort();
      await Promise.allSettled(readers.map(({ ended }) => ended));
      client.close();
    },
  };
}

/** Versions of all kinds are numbers of one etcd. */
function versionOf({ object }: Pick<Change, 'object'>): number {
  return Number(object.metadata.resourceVersion);
}

/** True when what was told leaves just those objects that a list has, none of them older. */
async function isToldOfAll(client: KubeClient, changes: readonly Change[]): Promise<boolean> {
  const lists = await Promise.all(kinds.map((kind) => listOf(client, kind)));
  const listed = lists.flatMap(({ items }) => items.map((object) => ({ object })));
  const told = new Map<string, Change>();
  for (const change of changes) told.set(change.object.metadata.uid, change);
  const living = [...told.values()].filter(({ isDeletion }) => !isDeletion);
  return (
    living.length === listed.length &&
    listed.every(({ object }) => {
      const last = told.get(object.metadata.uid);
      return last !== undefined && versionOf(last) >= versionOf({ object });
    })
  );
}

type List = { readonly metadata: { readonly resourceVersion: string }; readonly items: Shown[] };

async function listOf(client: KubeClient, kind: Change['kind']): Promise<List> {
  return (await client.request({ path: paths[kind] })) as List;
}

async function follow(
  client: KubeClient,
  kind: Change['kind'],
  to: { readonly signal: AbortSignal; readonly tell: (change: Change) => void },
): Promise<{ readonly ended: Promise<void> }> {
  const list = await listOf(client, kind);
  for (const object of list.items) to.tell({ kind, isDeletion: false, object });
  const { resourceVersion } = list.metadata;
  const query = { watch: 1, resourceVersion, timeoutSeconds: 3_600 };
  const chunks = await client.stream({ path: paths[kind], query, signal: to.signal });
  return { ended: readAll(chunks, kind, to.tell) };
}

async function readAll(
  chunks: AsyncIterable<Uint8Array>,
  kind: Change['kind'],
  tell: (change: Change) => void,
): Promise<void> {
  const splitter = new LineSplitter(lineBytesMax);
  for await (const chunk of chunks) {
    for (const line of splitter.linesOf(chunk)) {
      const { type, object } = JSON.parse(line) as { type: string; object: Shown };
      tell({ kind, isDeletion: type === 'DELETED', object });
    }
  }
}
