/**
 * A model of the API server: what it answers to the requests of our writers, and to those of the
 * people and controllers around them. One revision counter; every write is one atomic step, as in
 * etcd. `test/api/sim-model.test.ts` compares it with a real one, request by request.
 *
 * Not modelled: authentication, admission, priority and fairness (faults stand for them), versions
 * of kinds, field selectors, dry runs, managedFields in answers.
 */
import { type Answer, badRequest, conflict, notFound, refusal } from './answer.ts';
import type { ApiObject } from './api-object.ts';
import { applyPatch } from './apply.ts';
import { createObject } from './create.ts';
import { kindOf, type ModelKind } from './kinds.ts';
import { ListPages } from './list.ts';
import { deleteObject } from './remove.ts';
import { type ApiRequest, keyOf, parseTarget, type RequestTarget } from './request.ts';
import { Store, type Stored } from './store.ts';
import { mergePatch, type Update, updateObject } from './update.ts';

/** What every verb works with. */
export type Call = {
  readonly store: Store;
  readonly kind: ModelKind;
  readonly target: RequestTarget;
  readonly request: ApiRequest;
  /** The API server's own clock, ms since 1970. */
  readonly wallMs: number;
  /** A uid nobody has. */
  readonly newUid: () => string;
};

export class ModelApiServer {
  readonly store = new Store();
  readonly #wallMs: () => number;
  readonly #lists = new ListPages(this.store);
  #uids = 0;

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  /** Does what the request asks, at once. Watches are opened elsewhere (`watch.ts`). */
  handle(request: ApiRequest): Answer {
    const target = parseTarget(request.path);
    const kind = kindOf(target.plural);
    const call: Call = {
      ...{ store: this.store, kind, target, request, wallMs: this.#wallMs() },
      newUid: () => this.#newUid(),
    };
    if (target.name === undefined) return this.#onCollection(call);
    return onObject(call, target.name);
  }

  /** A list as it was at an older revision: what a stale read sees. */
  listAt(path: string, revision: number): Answer {
    return this.#lists.first(parseTarget(path), revision);
  }

  #onCollection(call: Call): Answer {
    const { request, target } = call;
    if (request.method === 'POST') return createObject(call, request.body);
    if (request.method === 'GET') return this.#lists.page(target);
    return refusal(405, { reason: 'MethodNotAllowed', message: request.method });
  }

  #newUid(): string {
    this.#uids += 1;
    return `00000000-0000-4000-8000-${this.#uids.toString(16).padStart(12, '0')}`;
  }
}

function onObject(call: Call, name: string): Answer {
  const { store, kind, target, request } = call;
  const key = keyOf(target.namespace, name);
  const stored = store.get(kind.plural, key);
  if (request.method === 'PATCH' && request.contentType === 'application/apply-patch+yaml') {
    return applyPatch(call, key, stored);
  }
  if (stored === undefined && request.method === 'PUT' && kind.createsOnPut) {
    return putNothing(call);
  }
  if (stored === undefined) return absent(call);
  switch (request.method) {
    case 'GET':
      return { status: 200, body: stored.object };
    case 'PUT':
      return put(call, key, stored);
    case 'PATCH':
      return patch(call, key, stored);
    case 'DELETE':
      return deleteObject(call, { key, stored });
    default:
      return refusal(405, { reason: 'MethodNotAllowed', message: request.method });
  }
}

function absent({ kind, target }: Call): Answer {
  return notFound(`${kind.plural} "${target.name}"`);
}

/** Creates it, whatever version it names; a uid it can no longer have. */
function putNothing(call: Call): Answer {
  const { target, request } = call;
  if (target.subresource !== undefined) return absent(call);
  const { uid } = (request.body as ApiObject).metadata;
  if (uid !== undefined) return conflict(`Precondition failed: UID in precondition: ${uid}`);
  return createObject(call, request.body);
}

function put(call: Call, key: string, stored: Stored): Answer {
  const body = call.request.body as ApiObject;
  const { uid, resourceVersion } = body.metadata;
  if (uid !== undefined && uid !== stored.object.metadata.uid) {
    return conflict(`Precondition failed: UID in precondition: ${uid}`);
  }
  const isUnconditional = resourceVersion === undefined || resourceVersion === '';
  if (isUnconditional && !call.kind.takesUnconditionalPut) {
    const message = 'metadata.resourceVersion: Invalid value: 0: must be specified for an update';
    return refusal(422, { reason: 'Invalid', message });
  }
  return updateObject(call, updateOf(call, { key, stored, wanted: body }));
}

function patch(call: Call, key: string, stored: Stored): Answer {
  const { contentType, body } = call.request;
  if (contentType !== 'application/merge-patch+json') return badRequest(`${contentType}?`);
  const wanted = mergePatch(stored.object, body) as ApiObject;
  return updateObject(call, updateOf(call, { key, stored, wanted }));
}

function updateOf(call: Call, of: Pick<Update, 'key' | 'stored' | 'wanted'>): Update {
  const { by } = call.request;
  const owner = `${by}/Update/${call.target.subresource ?? ''}`;
  return { ...of, owner };
}
