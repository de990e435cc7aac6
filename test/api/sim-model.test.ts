/**
 * The simulator's model of the API server against a real one: the same requests, drawn at random,
 * must get the same answers, leave the same objects behind and show the same events.
 *
 *   npx node --test test/api/sim-model.test.ts
 */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../run/seeds.ts';
import { type ApiMetadata, fields } from '../sim/server/api-object.ts';
import { boundedTest as test } from './bounded-test.ts';
import { installFairlead } from './installed.ts';
import { contents } from './model-contents.ts';
import { essence, objectEssence } from './model-essence.ts';
import { type Move, moves, placeOf, requestOf } from './model-requests.ts';
import { modelSide, type RealSide, realSide, type Side, watchModel } from './model-sides.ts';
import { type ApiServer, startApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

let api: ApiServer;
let real: RealSide;
let model: ReturnType<typeof modelSide>;
let runs = 0;

before(async () => {
  api = await startApiServer();
  await installFairlead(api);
  real = realSide(api);
  model = modelSide();
  const body = { metadata: { name: 'shop' } };
  for (const side of [real, model]) {
    await side.call({ method: 'POST', path: '/api/v1/namespaces', body });
  }
  for (const { collection } of Object.values(contents)) {
    await real.watch(collection);
    watchModel(model, collection);
  }
});
after(async () => {
  await real?.close();
  await api?.stop();
});

/** How many sequences of each kind, so that all together take some ten seconds. */
const sequences: Readonly<Record<string, number>> = {
  ...{ vips: 30, vrrpinstances: 30, vippools: 30, vipnodes: 20, services: 60 },
  ...{ leases: 30, events: 10, daemonsets: 20, nodes: 10 },
};

for (const plural of Object.keys(contents)) {
  test(`the model answers requests about ${plural} as the API server does`, async () => {
    const sequence = fc.array(moves(plural), { minLength: 1, maxLength: 14 });
    const parameters = propertyRuns(import.meta.filename, sequences[plural]);
    await fc.assert(fc.asyncProperty(sequence, compare), parameters);
  });
}

/** Plays the moves to both; throws at the first difference, with the request and both answers. */
async function compare(list: readonly Move[]): Promise<void> {
  runs += 1;
  for (const side of [real, model]) side.aliases.forget();
  for (const [index, move] of list.entries()) {
    const request = requestOf(move, runs, model.seen.get(placeOf(move, runs)) ?? []);
    const [expected, actual] = [await played(real, move, runs), await played(model, move, runs)];
    const what = `move ${index}, ${JSON.stringify(move)}, as ${JSON.stringify(request)}`;
    assert.deepEqual(actual, expected, `the model (+) differs at ${what}`);
    await compareEvents(placeOf(move, runs), what);
  }
}

/** A watch shows the same of both, in the same order. */
async function compareEvents(place: string, what: string): Promise<void> {
  const wanted = model.events.get(place)?.length ?? 0;
  const arrived = () => real.events.get(place)?.length ?? 0;
  await waitUntil(
    `${wanted} events, as the model, after ${what}`,
    () => arrived() >= wanted,
    5_000,
  );
  const [expected, actual] = [real, model].map(({ events, aliases }) => {
    const shown = events.get(place) ?? [];
    events.delete(place);
    return shown.map(({ type, object }) => ({ type, ...objectEssence(object, aliases) }));
  });
  assert.deepEqual(actual, expected, `the model's events (+) differ after ${what}`);
}

/** What one side makes of a move: the answer, the object afterwards, and what a watch shows. */
async function played(side: Side, move: Move, run: number) {
  const place = placeOf(move, run);
  const answer = await side.call(requestOf(move, run, side.seen.get(place) ?? []));
  const now = await side.call({ method: 'GET', path: place });
  const { uid, resourceVersion: version } = fields(fields(now.body)['metadata']) as ApiMetadata;
  const seen = side.seen.get(place) ?? [];
  if (now.status === 200 && seen.at(-1)?.version !== version) {
    side.seen.set(place, [...seen, { uid, version, object: fields(now.body) }]);
  }
  return { answer: essence(answer, side.aliases), now: essence(now, side.aliases) };
}
