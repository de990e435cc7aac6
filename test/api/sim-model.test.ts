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
import type { Fields } from '../sim/server/api-object.ts';
import { boundedTest as test } from './bounded-test.ts';
import { installFairlead } from './installed.ts';
import { contents } from './model-contents.ts';
import { essence } from './model-essence.ts';
import { type Move, moves, placeOf, requestOf } from './model-requests.ts';
import { modelSide, type RealSide, realSide, Twin, watchModel } from './model-sides.ts';
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
  const twins = { run: runs, model: new Twin(model), real: new Twin(real) };
  for (const [index, move] of list.entries()) await compareOne(twins, move, `move ${index}`);
}

/** One run's view of both; a run that was given up goes on for a moment beside the next. */
type Twins = { readonly run: number; readonly model: Twin; readonly real: Twin };

async function compareOne(twins: Twins, move: Move, title: string): Promise<Fields> {
  const place = placeOf(move, twins.run);
  const request = requestOf(move, twins.run, twins.model.seen.get(place) ?? []);
  const what = `${title}, ${JSON.stringify(move)}, as ${JSON.stringify(request)}`;
  const expected = await played(twins.real, move, twins.run);
  const actual = await played(twins.model, move, twins.run);
  assert.deepEqual(actual, expected, `the model (+) differs at ${what}`);
  await compareEvents(twins, place, what);
  return expected.answer;
}

/** What one side makes of a move: the answer, and the object afterwards. */
async function played(twin: Twin, move: Move, run: number) {
  const place = placeOf(move, run);
  const answer = await twin.call(requestOf(move, run, twin.seen.get(place) ?? []));
  const now = await twin.call({ method: 'GET', path: place });
  twin.saw(place, now);
  return { answer: essence(answer, twin.aliases), now: essence(now, twin.aliases) };
}

/** A watch shows the same of both, in the same order. */
async function compareEvents(twins: Twins, place: string, what: string): Promise<void> {
  const wanted = model.events.get(place)?.length ?? 0;
  const haveArrived = () => (real.events.get(place)?.length ?? 0) >= wanted;
  await waitUntil(`${wanted} events, as of the model, after ${what}`, haveArrived, 5_000);
  const [expected, actual] = [twins.real, twins.model].map((twin) => twin.eventsOf(place));
  assert.deepEqual(actual, expected, `the model's events (+) differ after ${what}`);
}
