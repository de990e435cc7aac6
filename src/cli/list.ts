import { apiPath, type ObjectRef, type Resource } from '../kube/api-path.ts';
import { systemClock } from '../kube/clock.ts';
import { KubeError } from '../kube/kube-error.ts';
import { listPages } from '../kube/list-pages.ts';
import { isRawObject, type RawObject } from '../kube/raw-object.ts';
import { type Cluster, callTimeoutMs } from './cluster.ts';

/** Objects a page, as kubectl asks for them. */
const pageSize = 500;

/** Every call has a time limit of its own. */
const neverAborted = new AbortController().signal;

/** What one list came to: its objects, or why they may not be read. */
export type Listed<T> = { readonly values: readonly T[]; readonly forbidden: string | undefined };

/**
 * Reads a whole list through a projection. A missing right is a value, told in a sentence; whatever
 * else fails rejects.
 */
export async function listAll<T>(
  { client }: Cluster,
  of: {
    readonly resource: Resource;
    readonly namespace?: string | undefined;
    readonly labelSelector?: string;
  },
  project: (raw: unknown) => T | undefined,
): Promise<Listed<T>> {
  const { resource, namespace, labelSelector } = of;
  const values: T[] = [];
  const path = apiPath(resource, { namespace });
  const query = labelSelector === undefined ? {} : { labelSelector };
  try {
    const request = { client, path, query, limit: pageSize, signal: neverAborted };
    await listPages({ ...request, clock: systemClock }, (items) => {
      for (const item of items) {
        const value = project(item);
        if (value !== undefined) values.push(value);
      }
    });
    return { values, forbidden: undefined };
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== 'Forbidden') throw error;
    const where = namespace === undefined ? 'of the cluster' : `in namespace ${namespace}`;
    return { values: [], forbidden: `you may not list ${resource.plural} ${where}` };
  }
}

/** One object as it came, or `undefined` when there is none. */
export async function readObject(
  { client }: Cluster,
  resource: Resource,
  ref: ObjectRef,
): Promise<RawObject | undefined> {
  try {
    const path = apiPath(resource, ref);
    const answer = await client.request({ path, timeoutMs: callTimeoutMs });
    return isRawObject(answer) ? answer : undefined;
  } catch (error) {
    if (error instanceof KubeError && error.code === 'NotFound') return undefined;
    throw error;
  }
}
