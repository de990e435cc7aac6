import { type Answer, conflict, notFound } from './answer.ts';
import { type ApiObject, fields } from './api-object.ts';
import type { Call } from './api-server.ts';
import { createObject, ownable } from './create.ts';
import { applyFields } from './field-owners.ts';
import type { Stored } from './store.ts';
import { updateObject } from './update.ts';

/**
 * Server-side apply with force. A uid in the body is a precondition: of an object that is gone it
 * is a conflict (409), of one that was made anew an immutable field (422).
 */
export function applyPatch(call: Call, key: string, stored: Stored | undefined): Answer {
  const { kind, target, request } = call;
  const body = fields(request.body);
  const { uid, resourceVersion } = fields(body['metadata']);
  if (stored === undefined) return applyToNothing(call, uid);
  const manager = target.query.get('fieldManager') ?? '';
  const owner = `${manager}/Apply/${target.subresource ?? ''}`;
  const { metadata, ...content } = body;
  const { labels, annotations, finalizers, ownerReferences } = fields(metadata);
  const wanted = {
    ...contentFor(target.subresource, content),
    metadata: { labels, annotations, finalizers, ownerReferences },
  };
  const applied = applyFields(
    { value: ownable(stored.object), owners: stored.owners },
    { value: wanted, owner },
    kind.listKeys,
  );
  const { metadata: merged, ...rest } = applied.value;
  const identity = { ...stored.object.metadata, resourceVersion: '' };
  const { labels: _l, annotations: _a, finalizers: _f, ownerReferences: _o, ...fixed } = identity;
  const object = {
    ...rest,
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: {
      ...fixed,
      ...(merged as object),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
  } as ApiObject;
  return updateObject(call, { key, stored, wanted: object, owner, owners: applied.owners });
}

/** What a path can apply: the status by `/status`, the rest without it. */
function contentFor(subresource: string | undefined, content: Record<string, unknown>) {
  const { apiVersion: _a, kind: _k, status, ...rest } = content;
  if (subresource === 'status') return status === undefined ? {} : { status };
  return rest;
}

/**
 * What is not there is created, unless a uid says that it was there. The status of a Service counts
 * as the whole: it is a conflict too, or lacks its ports (422); that of a custom resource is a 404.
 */
function applyToNothing(call: Call, uid: unknown): Answer {
  const { kind, target, request } = call;
  if (target.subresource !== undefined && !kind.createsOnPut) {
    return notFound(`${kind.plural} "${target.name}"`);
  }
  if (uid !== undefined) {
    return conflict(`uid mismatch: the provided object specified uid ${uid}, and none was found`);
  }
  const manager = target.query.get('fieldManager') ?? '';
  return createObject(call, request.body, `${manager}/Apply/`);
}
