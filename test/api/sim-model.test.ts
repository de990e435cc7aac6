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
import { boundedTest as test } from './bounded-test.ts';
import { installFairlead } from './installed.ts';
import { contents, contentsOf } from './model-contents.ts';
import { type Move, moves } from './model-requests.ts';
import { type ModelSide, modelSide, type RealSide, realSide, watchModel } from './model-sides.ts';
import { Twins } from './model-twins.ts';
import { type ApiServer, startApiServer } from './server.ts';

let api: ApiServer;
let real: RealSide;
let model: ModelSide;
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

const still: Omit<Move, 'verb' | 'plural'> = {
  ...{ which: 1, isStatus: true, uid: 'none', version: 'none', content: 0 },
  ...{ finalizers: undefined, marks: {}, manager: 'one' },
};

for (const plural of ['services', 'vips']) {
  test(`pages of ${plural} are all of the version of the first`, async () => {
    const twins = newTwins();
    const { collection } = contentsOf(plural);
    const make = (which: number) => twins.play({ ...still, verb: 'create', plural, which }, plural);
    for (const which of [3, 1, 4]) await make(which);
    const first = await twins.list(`${collection}?limit=2`);
    await twins.play({ ...still, verb: 'delete', plural, which: 4 }, plural);
    await make(5);
    const rest = await twins.list(`${collection}?limit=2`, first);
    assert.deepEqual([first.length, rest.length], [2, 1]);
    // A page can be asked for again.
    await twins.list(`${collection}?limit=2`, first);
    assert.equal((await twins.list(collection)).length, 3);
  });
}

for (const plural of ['services', 'vippools', 'vips', 'vrrpinstances', 'vipnodes']) {
  test(`an apply to the status of ${plural} is taken under the version it names only`, async () => {
    const twins = newTwins();
    const codeOf = async (move: Pick<Move, 'verb'> & Partial<Move>): Promise<string> => {
      const { code, reason } = await twins.play({ ...still, plural, ...move }, plural);
      return `${code} ${reason ?? ''}`.trim();
    };
    const apply = (uid: Move['uid'], version: Move['version'], content: number) =>
      codeOf({ verb: 'apply', uid, version, content });
    // Only the status of a Service counts as the whole object: what is gone is a conflict.
    const gone = plural === 'services' ? '409 Conflict' : '404 NotFound';
    assert.equal(await apply('foreign', 'foreign', 0), gone);
    assert.equal(await codeOf({ verb: 'create' }), '201');
    assert.equal(await apply('now', 'now', 0), '200');
    assert.equal(await apply('now', 'before', 2), '409 Conflict');
    assert.equal(await apply('none', 'before', 2), '409 Conflict');
    assert.equal(await apply('none', 'now', 2), '200');
    assert.equal(await apply('now', 'none', 0), '200');
    assert.equal(await codeOf({ verb: 'delete' }), '200');
    assert.equal(await apply('now', 'now', 2), gone);
    assert.equal(await codeOf({ verb: 'create' }), '201');
    assert.equal(await apply('before', 'before', 2), '409 Conflict');
    // A status of a custom resource is taken whatever uid it names: only a version says which.
    const other = plural === 'services' ? '422 Invalid' : '200';
    assert.equal(await apply('before', 'none', 2), other);
  });
}

test('nothing is made in a namespace that is not there, or on its way out', async () => {
  const twins = newTwins();
  const into = (namespace: string, name: string) => ({
    ...{ method: 'POST', path: `/api/v1/namespaces/${namespace}/services` },
    body: { metadata: { name }, spec: { ports: [{ port: 80 }] } },
  });
  const at = '/api/v1/namespaces';
  const metadata = { name: 'blog', labels: { team: 'a' }, finalizers: ['kubernetes'] };
  assert.equal((await twins.ask(into('blog', 'web')))['code'], 404);
  assert.equal((await twins.ask({ method: 'POST', path: at, body: { metadata } }))['code'], 201);
  const contentType = 'application/merge-patch+json';
  const labels = { metadata: { labels: { team: null, other: 'b' } } };
  await twins.ask({ method: 'PATCH', path: `${at}/blog`, contentType, body: labels });
  assert.equal((await twins.ask(into('blog', 'web')))['code'], 201);
  await twins.ask({ method: 'DELETE', path: `${at}/blog` });
  assert.equal((await twins.ask(into('blog', 'api')))['code'], 403);
  await twins.ask({ method: 'DELETE', path: `${at}/blog/services/web` });
  await twins.ask({ method: 'GET', path: `${at}/blog` });
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

/** Plays the moves to both; throws at the first difference. */
async function compare(list: readonly Move[]): Promise<void> {
  const twins = newTwins();
  for (const [index, move] of list.entries()) await twins.play(move, `move ${index}`);
}

function newTwins(): Twins {
  runs += 1;
  return new Twins(runs, { real, model });
}
