import { apiPath, type ObjectRef, type Resource } from '../kube/api-path.ts';
import { KubeError } from '../kube/kube-error.ts';
import { isRawObject, type RawObject } from '../kube/raw-object.ts';
import { CliError } from './cli-error.ts';
import { type Cluster, callTimeoutMs } from './cluster.ts';

/** What became of an edit: somebody else's edit came first where it is `conflict`. */
export type Patched =
  | { readonly kind: 'ok'; readonly object: RawObject }
  | { readonly kind: 'conflict' };

/** A merge patch under preconditions in its metadata; a refusal is CliError 1. */
export async function mergePatch(
  { client }: Cluster,
  of: { readonly resource: Resource; readonly ref: ObjectRef },
  body: object,
): Promise<Patched> {
  try {
    const object = await client.request({
      method: 'PATCH',
      path: apiPath(of.resource, of.ref),
      contentType: 'application/merge-patch+json',
      body,
      timeoutMs: callTimeoutMs,
    });
    return { kind: 'ok', object: isRawObject(object) ? object : { metadata: { name: '' } } };
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.code === 'Conflict') return { kind: 'conflict' };
    if (error.code === 'NotFound') throw new CliError(1, error.message);
    if (error.code === 'Invalid') throw new CliError(1, error.message);
    throw error;
  }
}

/** Others edit as well: after this many of their edits in a row something writes all the time. */
const attemptsMax = 5;

/** Reads and edits again while others come first. */
export async function withRetries<T>(attempt: () => Promise<T | 'conflict'>): Promise<T> {
  for (let tried = 1; tried <= attemptsMax; tried += 1) {
    const result = await attempt();
    if (result !== 'conflict') return result;
  }
  throw new CliError(1, `it changed ${attemptsMax} times while it was to be edited; try again`);
}
