import type { KubeClient } from './client.ts';
import { type Clock, pause } from './clock.ts';
import { KubeError } from './kube-error.ts';

export type ListRequest = {
  readonly client: KubeClient;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Objects a page; undefined asks for everything at once. */
  readonly limit: number | undefined;
  /** For each page. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
};

/** ecosystem.md section 2: with 500 a list of 50,000 objects never stalls the loop for 0.1 s. */
export const pageObjectsDefault = 500;

/** A page of 500 large objects over a slow link, measured at well under a second. */
const pageTimeoutMs = 60_000;
/** 500 objects each: four million, beyond what etcd holds. A server that goes on is broken. */
const pagesMax = 8_192;

/**
 * Lists page by page and yields to the event loop in between: one answer with 10,000 objects would
 * block it for a third of a second. No resourceVersion is sent: with `0` the API server ignores
 * `limit` (measured on 1.36). Resolves with the version to watch from.
 */
export async function listPages(
  request: ListRequest,
  onPage: (items: readonly unknown[]) => void,
): Promise<string> {
  let next: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const answer = await request.client.request({
      path: request.path,
      query: { ...request.query, limit: request.limit, continue: next },
      timeoutMs: request.timeoutMs ?? pageTimeoutMs,
      signal: request.signal,
    });
    const { items, resourceVersion, continueToken } = parseList(request.path, answer);
    onPage(items);
    if (continueToken === undefined) return resourceVersion;
    next = continueToken;
    await pause(request.clock, 0, request.signal);
  }
  throw new KubeError({
    code: 'Server',
    message: `GET ${request.path}: more than ${pagesMax} pages`,
  });
}

type Page = {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
};

function parseList(path: string, answer: unknown): Page {
  const list = answer as
    | { items?: unknown; metadata?: { resourceVersion?: unknown; continue?: unknown } }
    | undefined;
  const resourceVersion = list?.metadata?.resourceVersion;
  // Go prints an empty list as null.
  const items = list?.items ?? [];
  if (typeof resourceVersion !== 'string' || !Array.isArray(items)) {
    throw new KubeError({ code: 'Server', message: `GET ${path}: the answer is not a list` });
  }
  const token = list?.metadata?.continue;
  const continueToken = typeof token === 'string' && token !== '' ? token : undefined;
  return { items, resourceVersion, continueToken };
}
