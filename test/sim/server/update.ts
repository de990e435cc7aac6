import { type Answer, conflict, invalid } from './answer.ts';
import type { ApiMetadata, ApiObject, Fields } from './api-object.ts';
import { isEqualJson, isFields } from './api-object.ts';
import type { Call } from './api-server.ts';
import { ownable, writable } from './create.ts';
import { type Owners, ownersAfterUpdate } from './field-owners.ts';
import type { Stored } from './store.ts';

/** A write of a whole object, however it came about. */
export type Update = {
  readonly key: string;
  readonly stored: Stored;
  readonly wanted: ApiObject;
  readonly owner: string;
  /** Set by an apply, which knows better than a comparison. */
  readonly owners?: Owners;
};

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Record<string, unknown> = isFields(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

/**
 * Preconditions, then what this path may change, then defaults and checks. Nothing changed →
 * nothing is stored. Without finalizers an object that is being deleted goes.
 */
export function updateObject(call: Call, update: Update): Answer {
  const { store, kind, request } = call;
  const { stored, wanted, key, owner } = update;
  const before = stored.object;
  const { resourceVersion } = wanted.metadata;
  const isStale = resourceVersion !== undefined && resourceVersion !== '';
  if (isStale && resourceVersion !== before.metadata.resourceVersion) {
    return conflict(
      `Operation cannot be fulfilled on ${kind.plural}: the object has been modified`,
    );
  }
  const merged = withinReach(call, before, wanted);
  const object = counted(call, before, kind.prepare(merged, before));
  const problems = [...metadataProblems(call, before, wanted), ...kind.validate(object, before)];
  if (problems.length > 0) return invalid(`${kind.kind} "${before.metadata.name}"`, problems);
  const owners = update.owners ?? updatedOwners(call, stored, { object, owner });
  const place = { plural: kind.plural, key, by: request.by };
  const isDeleting = object.metadata.deletionTimestamp !== undefined;
  if (isDeleting && (object.metadata.finalizers ?? []).length === 0) {
    store.remove(place);
    return { status: 200, body: object };
  }
  // Whoever applies what is there already owns it from now on: that is stored.
  const isSame = isEqualJson(object, before) && isSameOwners(owners, stored.owners);
  if (isSame) return { status: 200, body: before };
  const after = store.put(place, (version) => ({
    object: { ...object, metadata: { ...object.metadata, resourceVersion: version } },
    owners,
  }));
  return { status: 200, body: after.object };
}

function isSameOwners(a: Owners, b: Owners): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  return [...a].every(([name, paths]) => b.get(name)?.symmetricDifference(paths).size === 0);
}

function updatedOwners(
  { kind }: Call,
  { object: before, owners }: Stored,
  after: { readonly object: ApiObject; readonly owner: string },
): Owners {
  return ownersAfterUpdate(
    { value: ownable(before), owners },
    { value: ownable(after.object), owner: after.owner },
    kind.listKeys,
  );
}

/**
 * `/status` changes the status (of built-in kinds metadata as well), the rest all but the status.
 */
function withinReach({ kind, target }: Call, before: ApiObject, wanted: ApiObject): ApiObject {
  const metadata = writableMetadata(before.metadata, wanted.metadata);
  if (target.subresource === 'status') {
    const kept = kind.writesMetadataByStatus ? metadata : before.metadata;
    return { ...before, metadata: kept, status: wanted['status'] };
  }
  const { apiVersion, kind: name } = before;
  const status = kind.hasStatus ? before['status'] : wanted['status'];
  const { status: _, ...content } = wanted;
  return { ...content, apiVersion, kind: name, metadata, ...(status !== undefined && { status }) };
}

function writableMetadata(before: ApiMetadata, wanted: ApiMetadata): ApiMetadata {
  const { labels: _l, annotations: _a, finalizers: _f, ownerReferences: _o, ...fixed } = before;
  return { ...fixed, ...writable(wanted) };
}

function counted({ kind }: Call, before: ApiObject, object: ApiObject): ApiObject {
  const content = ({ metadata: _m, status: _s, ...rest }: ApiObject): Fields => rest;
  const isSame = isEqualJson(content(object), content(before));
  if (!kind.hasGeneration || isSame) return object;
  const generation = (before.metadata.generation ?? 0) + 1;
  return { ...object, metadata: { ...object.metadata, generation } };
}

function metadataProblems(
  { kind, target }: Call,
  { metadata: before }: ApiObject,
  { metadata: wanted }: ApiObject,
) {
  // Measured on 1.36: a status of a custom resource is taken under any uid.
  if (target.subresource === 'status' && !kind.writesMetadataByStatus) return [];
  const stood = new Set(before.finalizers ?? []);
  const added = (wanted.finalizers ?? []).filter((name) => !stood.has(name));
  const isOther = wanted.uid !== undefined && wanted.uid !== before.uid;
  return [
    ...(isOther ? [{ field: 'metadata.uid', message: 'field is immutable' }] : []),
    ...(before.deletionTimestamp !== undefined && added.length > 0
      ? [{ field: 'metadata.finalizers', message: 'Forbidden: no new finalizers can be added' }]
      : []),
  ];
}
