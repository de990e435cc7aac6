import { formatTimestamp } from '../../../src/model/timestamp.ts';
import { type Answer, alreadyExists, invalid, notFound, refusal } from './answer.ts';
import type { ApiMetadata, ApiObject, Fields } from './api-object.ts';
import { fields } from './api-object.ts';
import type { Call } from './api-server.ts';
import { ownersAfterUpdate } from './field-owners.ts';
import { keyOf } from './request.ts';

/** POST: the name is the lock; of two creators one gets 409 (R37). */
export function createObject(
  call: Call,
  body: unknown,
  owner = `${call.request.by}/Update/`,
): Answer {
  const { store, kind, target, request } = call;
  const given = fields(body);
  const wanted = fields(given['metadata']);
  const name = String(wanted['name'] ?? '');
  const absent = namespaceProblem(call);
  if (absent !== undefined) return absent;
  const key = keyOf(target.namespace, name);
  const { status: _, ...withoutStatus } = given;
  const content = kind.hasStatus ? withoutStatus : given;
  const metadata = newMetadata(call, wanted);
  const fresh = { ...content, apiVersion: kind.apiVersion, kind: kind.kind, metadata };
  const object = kind.prepare(fresh, undefined);
  const problems = [...nameProblems(name), ...kind.validate(object, undefined)];
  if (problems.length > 0) return invalid(`${kind.kind} "${name}"`, problems);
  if (store.get(kind.plural, key) !== undefined) return alreadyExists(`${kind.plural} "${name}"`);
  const owners = ownersAfterUpdate(
    { value: {}, owners: new Map() },
    { value: ownable(object), owner },
    kind.listKeys,
  );
  const place = { plural: kind.plural, key, by: request.by };
  const stored = store.put(place, (resourceVersion) => ({
    object: { ...object, metadata: { ...object.metadata, resourceVersion } },
    owners,
  }));
  return { status: 201, body: stored.object };
}

/** What field managers can own: everything but the object's identity. */
export function ownable(object: ApiObject): Fields {
  const { apiVersion: _a, kind: _k, metadata, ...content } = object;
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  return { ...content, metadata: { labels, annotations, finalizers, ownerReferences } };
}

function newMetadata(call: Call, wanted: Fields): ApiMetadata {
  return {
    name: String(wanted['name'] ?? ''),
    ...(call.target.namespace !== undefined && { namespace: call.target.namespace }),
    uid: call.newUid(),
    resourceVersion: '',
    ...(call.kind.hasGeneration && { generation: 1 }),
    creationTimestamp: formatTimestamp(call.wallMs),
    ...writable(wanted as Partial<ApiMetadata>),
  };
}

/** What a client can write of metadata; what is empty is as good as absent, and stored so. */
export function writable(wanted: Partial<ApiMetadata>): Partial<ApiMetadata> {
  const { labels, annotations, finalizers, ownerReferences } = wanted;
  const entries = Object.entries({ labels, annotations, finalizers, ownerReferences });
  return Object.fromEntries(
    entries.filter(([, value]) => Object.keys(value ?? {}).length > 0),
  ) as Partial<ApiMetadata>;
}

function namespaceProblem({ store, kind, target }: Call): Answer | undefined {
  if (!kind.isNamespaced) return undefined;
  const { namespace = '' } = target;
  const stored = store.get('namespaces', namespace);
  if (stored === undefined) return notFound(`namespaces "${namespace}"`);
  if (stored.object.metadata.deletionTimestamp === undefined) return undefined;
  const message = `unable to create new content in namespace ${namespace}: being terminated`;
  return refusal(403, { reason: 'Forbidden', message });
}

function nameProblems(name: string) {
  const isName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) && name.length <= 253;
  return isName ? [] : [{ field: 'metadata.name', message: `Invalid value: "${name}"` }];
}
