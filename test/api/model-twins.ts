/** Plays one request to the model and to a real API server, and compares what comes of it. */
import assert from 'node:assert/strict';
import type { Answer } from '../sim/server/answer.ts';
import { type ApiMetadata, type Fields, fields } from '../sim/server/api-object.ts';
import { Aliases, essence, objectEssence } from './model-essence.ts';
import { type Move, placeOf, requestOf } from './model-requests.ts';
import type { ModelSide, RealSide, Side, TwinRequest } from './model-sides.ts';
import { waitUntil } from './wait-until.ts';

/** A state of an object, as an answer showed it. */
export type Seen = { readonly uid: string; readonly version: string; readonly object: Fields };

/** One of the two, as one run sees it. */
export class Twin {
  readonly aliases = new Aliases();
  /** What it has shown of each object so far, oldest first. */
  readonly seen = new Map<string, readonly Seen[]>();
  readonly #side: Side;

  constructor(side: Side) {
    this.#side = side;
  }

  call(request: TwinRequest): Promise<Answer> {
    return this.#side.call(request);
  }

  /** An answer to a GET; only what is new is another state. */
  saw(place: string, { status, body }: Answer): void {
    const { uid, resourceVersion: version } = fields(fields(body)['metadata']) as ApiMetadata;
    const seen = this.seen.get(place) ?? [];
    if (status !== 200 || seen.at(-1)?.version === version) return;
    this.seen.set(place, [...seen, { uid, version, object: fields(body) }]);
  }

  /** A page of a list, or the one that a token asks for. */
  async page(path: string, after?: string) {
    const query = after === undefined ? '' : `&continue=${encodeURIComponent(after)}`;
    const { status, body } = await this.call({ method: 'GET', path: `${path}${query}` });
    const { kind, apiVersion, metadata, items } = fields(body);
    const { continue: token, resourceVersion } = fields(metadata);
    // Lists of custom resources have an empty one on their last page.
    const next = typeof token === 'string' && token !== '' ? token : undefined;
    const objects = Array.isArray(items) ? items.map(fields) : [];
    // Those of built-in kinds do not say their kind.
    const named = { kind: String(kind).replace(/List$/, ''), apiVersion };
    const shown = {
      ...{ status, kind, apiVersion, hasNext: next !== undefined, kinds: objects.map(kindOf) },
      version: this.aliases.of('version', `list ${resourceVersion}`),
      items: objects.map((object) => objectEssence({ ...object, ...named }, this.aliases)),
    };
    return { shown, next, length: objects.length };
  }

  /** How much a watch has shown of an object since the last look. */
  eventCount(place: string): number {
    return this.#side.events.get(place)?.length ?? 0;
  }

  /** What a watch has shown of an object since the last look. */
  eventsOf(place: string): readonly Fields[] {
    const events = this.#side.events.get(place) ?? [];
    this.#side.events.delete(place);
    return events.map(({ type, object }) => ({ type, ...objectEssence(object, this.aliases) }));
  }
}

/** The tokens of the next page, and how much was on this one. */
export type Page = {
  readonly real: string | undefined;
  readonly model: string | undefined;
  readonly length: number;
};

/** One run's view of both; a run that was given up goes on for a moment beside the next. */
export class Twins {
  readonly run: number;
  readonly real: Twin;
  readonly model: Twin;

  constructor(run: number, sides: { readonly real: RealSide; readonly model: ModelSide }) {
    this.run = run;
    this.real = new Twin(sides.real);
    this.model = new Twin(sides.model);
  }

  /**
   * What both answer to the move, without what may differ; throws where they differ, also in the
   * object that is there afterwards or in what watches show of it, with the request and both.
   */
  async play(move: Move, title: string): Promise<Fields> {
    const place = placeOf(move, this.run);
    const request = requestOf(move, this.run, this.model.seen.get(place) ?? []);
    const what = `${title}, ${JSON.stringify(move)}, as ${JSON.stringify(request)}`;
    const expected = await played(this.real, move, this.run);
    const actual = await played(this.model, move, this.run);
    assert.deepEqual(actual, expected, `the model (+) differs at ${what}`);
    await this.#compareEvents(place, what);
    return expected.answer;
  }

  /** The same for a request that needs no names of what differs. */
  async ask(request: TwinRequest): Promise<Fields> {
    const expected = essence(await this.real.call(request), this.real.aliases);
    const actual = essence(await this.model.call(request), this.model.aliases);
    assert.deepEqual(actual, expected, `the model (+) differs at ${JSON.stringify(request)}`);
    return expected;
  }

  /** A page of a list: the same objects, and a next page at both or at none. */
  async list(path: string, after?: Page): Promise<Page> {
    const real = await this.real.page(path, after?.real);
    const model = await this.model.page(path, after?.model);
    assert.deepEqual(model.shown, real.shown, `the model (+) differs at ${path}`);
    return { real: real.next, model: model.next, length: real.length };
  }

  /** A watch shows the same of both, in the same order. */
  async #compareEvents(place: string, what: string): Promise<void> {
    const { real, model } = this;
    const wanted = model.eventCount(place);
    const haveArrived = () => real.eventCount(place) >= wanted;
    await waitUntil(`${wanted} events, as of the model, after ${what}`, haveArrived, eventMsMax);
    const [expected, actual] = [real.eventsOf(place), model.eventsOf(place)];
    assert.deepEqual(actual, expected, `the model's events (+) differ after ${what}`);
  }
}

/** They come within some milliseconds. */
const eventMsMax = 5_000;

/** What one side makes of a move: the answer, and the object afterwards. */
async function played(twin: Twin, move: Move, run: number) {
  const place = placeOf(move, run);
  const answer = await twin.call(requestOf(move, run, twin.seen.get(place) ?? []));
  const now = await twin.call({ method: 'GET', path: place });
  twin.saw(place, now);
  return { answer: essence(answer, twin.aliases), now: essence(now, twin.aliases) };
}

function kindOf({ kind }: Fields): unknown {
  return kind;
}
