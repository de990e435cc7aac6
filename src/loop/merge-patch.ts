import { apiPath, type ObjectRef } from '../kube/api-path.ts';
import type { Target, WriteOutcome } from '../kube/apply.ts';
import { KubeError } from '../kube/kube-error.ts';
import { isRawObject } from '../kube/raw-object.ts';

/** What must still hold for the patch to count; a changed object answers `conflict`. */
export type PatchPrecondition = { readonly uid: string; readonly resourceVersion?: string };

/**
 * Replaces an object's finalizers as a whole, under a precondition: the only place where a list of
 * others is written back, so it must not be stale (R12).
 */
export async function patchFinalizers(
  { client, resource }: Target,
  ref: ObjectRef,
  patch: { readonly finalizers: readonly string[] } & PatchPrecondition,
): Promise<WriteOutcome> {
  try {
    const object = await client.request({
      method: 'PATCH',
      path: apiPath(resource, ref),
      contentType: 'application/merge-patch+json',
      body: { metadata: { ...patch } },
    });
    return { kind: 'ok', object: isRawObject(object) ? object : { metadata: { name: '' } } };
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.code === 'NotFound') return { kind: 'gone' };
    if (error.code === 'Conflict') return { kind: 'conflict', message: error.message };
    if (error.code === 'Invalid') return { kind: 'invalid', message: error.message };
    throw error;
  }
}
