/** Requests for the comparison of the model with a real API server, drawn by fast-check. */
import fc from 'fast-check';
import { type Fields, fields } from '../sim/server/api-object.ts';
import { type Contents, contentsOf, type Verb } from './model-contents.ts';
import type { TwinRequest } from './model-sides.ts';
import type { Seen } from './model-twins.ts';

/** Which UID or version a request names: what is, what was, somebody else's, none. */
export type Reference = 'none' | 'now' | 'before' | 'foreign';

/** One request, with names for what differs between the two sides. */
export type Move = {
  readonly verb: Verb;
  readonly plural: string;
  /** Which of the run's two objects. */
  readonly which: number;
  readonly isStatus: boolean;
  readonly uid: Reference;
  readonly version: Reference;
  /** Of the kind's contents. */
  readonly content: number;
  readonly finalizers: readonly string[] | undefined;
  /** Labels and annotations: none, some, others, taken away. */
  readonly marks: Fields;
  readonly manager: string;
};

const reference = fc.constantFrom<Reference>('none', 'now', 'now', 'before', 'foreign');
const [first, second] = ['example.com/a', 'example.com/b'];
const marks: readonly Fields[] = [
  {},
  {},
  { labels: { tier: 'web' }, annotations: { note: 'one' } },
  { labels: { tier: 'other', zone: 'east' } },
  { labels: { tier: null }, annotations: { note: null } },
];

/** Of one kind, so that requests meet. */
export function moves(plural: string): fc.Arbitrary<Move> {
  return fc.record({
    verb: fc.constantFrom(...contentsOf(plural).verbs),
    plural: fc.constant(plural),
    which: fc.integer({ min: 1, max: 2 }),
    isStatus: fc.boolean(),
    uid: reference,
    version: reference,
    content: fc.nat(20),
    finalizers: fc.constantFrom(undefined, undefined, [], [first], [first, second]),
    marks: fc.constantFrom(...marks),
    manager: fc.constantFrom('one', 'two'),
  });
}

/** Where the move's object is, without a subresource. */
export function placeOf(move: Move, run: number): string {
  const { collection, name } = contentsOf(move.plural);
  return `${collection}/${name(run, move.which)}`;
}

/** A move's request under way. */
type Draft = {
  readonly move: Move;
  readonly of: Contents;
  readonly seen: readonly Seen[];
  readonly name: string;
  readonly place: string;
};

/** The request that a move is to a side which has shown these states of the object. */
export function requestOf(move: Move, run: number, seen: readonly Seen[]): TwinRequest {
  const of = contentsOf(move.plural);
  const name = of.name(run, move.which);
  const draft: Draft = { move, of, seen, name, place: `${of.collection}/${name}` };
  const request = makers[move.verb](draft);
  const { apiVersion, kind } = of;
  return request.method === 'DELETE'
    ? request
    : { ...request, body: { apiVersion, kind, ...fields(request.body) } };
}

const makers: Readonly<Record<Verb, (draft: Draft) => TwinRequest>> = {
  create: (draft) => ({ method: 'POST', path: draft.of.collection, body: createdBy(draft) }),
  put: (draft) => ({ method: 'PUT', path: draft.place, body: replacedBy(draft) }),
  merge: (draft) => ({
    ...{ method: 'PATCH', path: `${draft.place}${isToStatus(draft) ? '/status' : ''}` },
    ...{ contentType: 'application/merge-patch+json', body: mergedBy(draft) },
  }),
  apply: (draft) => ({
    ...{ method: 'PATCH', path: appliedAt(draft) },
    ...{ contentType: 'application/apply-patch+yaml', body: appliedBy(draft) },
  }),
  delete: (draft) => {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: identity(draft) };
    return { method: 'DELETE', path: draft.place, body };
  },
};

function createdBy({ move, of, name }: Draft): Fields {
  const metadata = { name, ...finalizersOf(move), ...withoutNulls(move.marks) };
  return { metadata, ...picked(move, of.bodies(name)) };
}

function replacedBy(draft: Draft): Fields {
  const { move, of, name } = draft;
  const marked = withoutNulls(move.marks);
  const metadata = { name, ...identity(draft), ...finalizersOf(move), ...marked };
  return { metadata, ...picked(move, of.bodies(name)) };
}

function mergedBy(draft: Draft): Fields {
  const { move, of, seen } = draft;
  const metadata = { ...identity(draft), ...finalizersOf(move), ...move.marks };
  if (isToStatus(draft)) {
    // As finalizers of Services are written: with the status, or alone.
    const status = move.content % 2 === 0 ? {} : { status: picked(move, of.statuses) };
    return { metadata, ...status };
  }
  const patch = picked(move, of.patches);
  const made = typeof patch === 'function' ? patch(seen.at(-1)?.object ?? {}) : patch;
  return { ...made, metadata: { ...metadata, ...fields(made['metadata']) } };
}

function appliedAt({ move, of, place }: Draft): string {
  const query = `fieldManager=${of.applies === undefined ? move.manager : 'one'}&force=true`;
  return `${place}${of.applies === undefined ? '/status' : ''}?${query}`;
}

function appliedBy(draft: Draft): Fields {
  const { move, of, name } = draft;
  const content =
    of.applies === undefined ? { status: picked(move, of.statuses) } : picked(move, of.applies);
  const metadata = { ...fields(fields(content)['metadata']), name, ...identity(draft) };
  return { ...content, metadata };
}

function isToStatus({ move, of }: Draft): boolean {
  return move.isStatus && of.statuses.length > 0;
}

function picked<T>(move: Move, list: readonly T[]): T {
  const found = list[move.content % list.length];
  if (found === undefined) throw new Error(`${move.plural} have nothing to ${move.verb}`);
  return found;
}

function finalizersOf({ finalizers }: Move): Fields {
  return finalizers === undefined ? {} : { finalizers };
}

/** Only a patch takes away by null. */
function withoutNulls(marked: Fields): Fields {
  const entries = Object.entries(marked).filter(
    ([, values]) => !Object.values(fields(values)).includes(null),
  );
  return Object.fromEntries(entries);
}

const nobody = '00000000-0000-0000-0000-000000000000';

function identity({ move, seen }: Draft): Fields {
  const uid = referred(move.uid, [...new Set(seen.map((one) => one.uid))], nobody);
  const resourceVersion = referred(
    move.version,
    seen.map(({ version }) => version),
    '1',
  );
  return {
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
}

function referred(reference: Reference, known: readonly string[], foreign: string) {
  if (reference === 'none') return undefined;
  if (reference === 'foreign') return foreign;
  return known.at(reference === 'now' ? -1 : -2);
}
