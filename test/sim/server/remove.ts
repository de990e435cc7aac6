import { formatTimestamp } from '../../../src/model/timestamp.ts';
import { type Answer, conflict } from './answer.ts';
import { fields } from './api-object.ts';
import type { Call } from './api-server.ts';
import type { Stored } from './store.ts';

/** DELETE: finalizers keep the object, marked; without any it goes at once. */
export function deleteObject(
  call: Call,
  { key, stored }: { readonly key: string; readonly stored: Stored },
): Answer {
  const { store, kind, request } = call;
  const { metadata } = stored.object;
  const { uid, resourceVersion } = fields(fields(request.body)['preconditions']);
  if (uid !== undefined && uid !== metadata.uid) return conflict(`UID in precondition: ${uid}`);
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    return conflict(`ResourceVersion in precondition: ${resourceVersion}`);
  }
  const place = { plural: kind.plural, key, by: request.by };
  if ((metadata.finalizers ?? []).length === 0) {
    const gone = store.remove(place);
    const success = { kind: 'Status', apiVersion: 'v1', status: 'Success' };
    return { status: 200, body: kind.showsDeleted ? gone : success };
  }
  if (metadata.deletionTimestamp !== undefined) return { status: 200, body: stored.object };
  const marked = store.put(place, (version) => ({
    ...stored,
    object: {
      ...stored.object,
      metadata: {
        ...metadata,
        resourceVersion: version,
        deletionTimestamp: formatTimestamp(call.wallMs),
        deletionGracePeriodSeconds: 0,
        ...(metadata.generation !== undefined && { generation: metadata.generation + 1 }),
      },
    },
  }));
  return { status: 200, body: marked.object };
}
