import { apiPath, type ObjectRef, type Resource } from './api-path.ts';
import type { KubeClient, KubeRequest } from './client.ts';
import { KubeError } from './kube-error.ts';
import { isRawObject, type RawObject } from './raw-object.ts';

/**
 * What became of a write. Only what calls for another decision is a value; no answer, throttling,
 * missing rights and broken servers reject with KubeError and belong to the queue's back-off (R86).
 */
export type WriteOutcome =
  | { readonly kind: 'ok'; readonly object: RawObject }
  /** Somebody else was faster: it exists, has another uid, or another version. Read again. */
  | { readonly kind: 'conflict'; readonly message: string }
  /** There is no such object (or no such kind, or namespace). */
  | { readonly kind: 'gone' }
  /** The API server will never take it as it is. */
  | { readonly kind: 'invalid'; readonly message: string };

/** An object to write; its kind's place in the API is given beside it. */
export type Target = {
  readonly client: KubeClient;
  readonly resource: Resource;
};

/** What every written object names. */
export type NewObject = {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
};

export type ApplyOptions = {
  /** One per writer, stable for ever: it owns the fields (R87). At most 128 bytes. */
  readonly fieldManager: string;
  /**
   * The uid this is meant for: an object deleted meanwhile then answers `conflict` instead of being
   * created anew. Leave out only where creating is the intention. Never apply to Vips (R37).
   */
  readonly uid?: string | undefined;
  /**
   * The version this was decided from: an object changed or made anew meanwhile answers `conflict`.
   * The uid alone says so only for built-in kinds.
   */
  readonly resourceVersion?: string | undefined;
};

/** Server-side apply of the fields we own; `body` must hold nothing else. */
export function apply(
  target: Target,
  body: NewObject,
  options: ApplyOptions,
): Promise<WriteOutcome> {
  return applyTo({ target, body, options, ref: refOf(body) });
}

/** The same to the status subresource; there a uid is always known. */
export function applyStatus(
  target: Target,
  body: NewObject,
  options: ApplyOptions & { readonly uid: string },
): Promise<WriteOutcome> {
  return applyTo({ target, body, options, ref: { ...refOf(body), subresource: 'status' } });
}

/** A plain create: of two creators one gets `conflict`. The lock that Vips rest on (R37). */
export function create(target: Target, body: NewObject): Promise<WriteOutcome> {
  const { namespace } = body.metadata;
  const path = apiPath(target.resource, { namespace });
  return write(target.client, { method: 'POST', path, body: withKind(target, body) });
}

/** Replaces the whole object under its `metadata.resourceVersion`, which must be set. */
export function replace(target: Target, body: RawObject): Promise<WriteOutcome> {
  const path = apiPath(target.resource, refOf(body));
  return write(target.client, { method: 'PUT', path, body: withKind(target, body) });
}

/** Which object exactly is meant: another one of the same name answers `conflict`. */
export type Preconditions = { readonly uid?: string; readonly resourceVersion?: string };

/** Deletes; `ok` also where finalizers keep it for a while. */
export function remove(
  target: Target,
  ref: ObjectRef & { readonly name: string },
  preconditions: Preconditions,
): Promise<WriteOutcome> {
  return write(target.client, {
    method: 'DELETE',
    path: apiPath(target.resource, ref),
    body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions },
  });
}

/**
 * Replaces an object's finalizers as a whole, under preconditions: the only place where a list of
 * others is written back, so it must not be stale (R12).
 */
export function patchFinalizers(
  target: Target,
  ref: ObjectRef,
  patch: Preconditions & { readonly finalizers: readonly string[] },
): Promise<WriteOutcome> {
  return write(target.client, {
    method: 'PATCH',
    path: apiPath(target.resource, ref),
    contentType: 'application/merge-patch+json',
    body: { metadata: patch },
  });
}

type Application = {
  readonly target: Target;
  readonly body: NewObject;
  readonly options: ApplyOptions;
  readonly ref: ObjectRef;
};

function applyTo(application: Application): Promise<WriteOutcome> {
  const { target, options, ref } = application;
  const body = withKind(target, application.body);
  const { uid, resourceVersion } = options;
  const expected = {
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
  return write(target.client, {
    method: 'PATCH',
    path: apiPath(target.resource, ref),
    query: { fieldManager: options.fieldManager, force: true },
    body: { ...body, metadata: { ...application.body.metadata, ...expected } },
    // JSON is YAML, and this is the only content type that servers of 1.32 take for an apply.
    contentType: 'application/apply-patch+yaml',
  });
}

async function write(client: KubeClient, request: KubeRequest): Promise<WriteOutcome> {
  try {
    const answer = await client.request(request);
    // A deletion may answer with a Status instead of the object.
    return { kind: 'ok', object: isRawObject(answer) ? answer : { metadata: { name: '' } } };
  } catch (error) {
    if (error instanceof KubeError) return outcomeOf(error);
    throw error;
  }
}

function outcomeOf(error: KubeError): WriteOutcome {
  const { message } = error;
  if (error.code === 'NotFound') return { kind: 'gone' };
  if (error.code === 'Conflict' || isOldUid(error)) return { kind: 'conflict', message };
  if (error.code === 'Invalid') return { kind: 'invalid', message };
  throw error;
}

/** Deleted and made again since we read it: measured on 1.36 as 422, `metadata.uid` immutable. */
function isOldUid(error: KubeError): boolean {
  return error.code === 'Invalid' && error.causes.some((cause) => cause.field === 'metadata.uid');
}

function withKind(target: Target, body: NewObject | RawObject): Record<string, unknown> {
  const { group, version, kind } = target.resource;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return { apiVersion, kind, ...body };
}

function refOf(body: NewObject | RawObject): ObjectRef {
  return { namespace: body.metadata.namespace, name: body.metadata.name };
}
