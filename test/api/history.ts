import type { KubeClient } from '../../src/kube/client.ts';
import { LineSplitter } from '../../src/kube/line-splitter.ts';
import type { Shown } from './controller-fixture.ts';
import { base } from './installed.ts';
import { clientOf } from './kube-fixture.ts';
import type { ApiServer } from './server.ts';

/** One write as the API server tells of it. */
export type Change = {
  readonly kind: 'Service' | 'Vip';
  readonly isDeletion: boolean;
  readonly object: Shown;
};

/** Every write to Services and Vips from its start, not only what is left at the end. */
export type History = {
  /** In the order in which the API server did them. */
  changes(): Change[];
  stop(): Promise<void>;
};

const paths = { Service: '/api/v1/services', Vip: `${base}/vips` } as const;
const lineBytesMax = 4 * 1024 * 1024;

/** Begins to record; resolves when nothing can be missed any more. */
export async function recordHistory(api: ApiServer): Promise<History> {
  const client = clientOf(api);
  const abort = new AbortController();
  const changes: Change[] = [];
  const readers = await Promise.all(
    (['Service', 'Vip'] as const).map((kind) =>
      follow(client, kind, { signal: abort.signal, tell: (change) => changes.push(change) }),
    ),
  );
  return {
    changes: () => changes.toSorted((a, b) => versionOf(a) - versionOf(b)),
    stop: async () => {
      abort.abort();
      await Promise.allSettled(readers.map(({ ended }) => ended));
      await client.close();
    },
  };
}

/** Versions of all kinds are numbers of one etcd. */
function versionOf({ object }: Change): number {
  return Number(object.metadata.resourceVersion);
}

async function follow(
  client: KubeClient,
  kind: Change['kind'],
  to: { readonly signal: AbortSignal; readonly tell: (change: Change) => void },
): Promise<{ readonly ended: Promise<void> }> {
  const list = (await client.request({ path: paths[kind] })) as {
    metadata: { resourceVersion: string };
    items: Shown[];
  };
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
