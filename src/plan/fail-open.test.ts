import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../../test/run/seeds.ts';
import type { Frontend, Server } from '../desired/desired-node.ts';
import { aFrontend, aPool, aServer, testPaths } from '../render/desired-fixture.ts';
import { HaproxyModel } from './haproxy-model.ts';
import { commands, isRuntime } from './step.ts';

const open = (...servers: Server[]): Frontend => ({
  ...aFrontend('web', ...servers),
  settings: { 'when-all-fail': 'FailOpen' },
});
const haproxy = (frontend: Frontend) => aPool([frontend]).haproxy;
const backend = `${aFrontend('web').name}.open`;

const someServers = fc
  .uniqueArray(
    fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom('ready', 'drain', 'maint')),
    { selector: ([last]) => last },
  )
  .map((all) => all.map(([last, state]) => aServer(last, state as Server['state'])));

test('from anywhere to anywhere without a reload: both backends have the servers, in their states', () => {
  fc.assert(
    fc.property(someServers, someServers, (before, after) => {
      const model = new HaproxyModel(testPaths);
      model.settle(haproxy(open(...before)));
      const reloads = model.reloads.length;
      model.settle(haproxy(open(...after)));
      assert.equal(model.reloads.length, reloads);
      const of = (name: string) =>
        model
          .servers()
          .filter((server) => server.backend === name)
          .map((server) => `${server.name} ${server.state}`)
          .toSorted();
      const wanted = after.map(({ name, state }) => `${name} ${state}`).toSorted();
      assert.deepEqual(of(backend), wanted);
      assert.deepEqual(of(aFrontend('web').name), wanted);
      assert.deepEqual(model.plan(haproxy(open(...after))), []);
    }),
    propertyRuns(import.meta.filename),
  );
});

test('in the backend of last resort a server is not checked, so it waits for no check', () => {
  const model = new HaproxyModel(testPaths);
  model.settle(haproxy(open(aServer(1))));
  const steps = model.plan(haproxy(open(aServer(1), aServer(2))));
  const own = steps.filter((step) => 'backend' in step && step.backend === backend);
  assert.deepEqual(
    own.map(({ kind }) => kind),
    ['server-add', 'server-ready'],
  );
  const words = own
    .filter(isRuntime)
    .flatMap(commands)
    .map((text) => text.replaceAll(`${backend}/10-1-0-2_8080`, 'S'));
  assert.deepEqual(words, [
    'add server S 10.1.0.2:8080',
    ...['set server S state drain', 'set server S state ready'],
  ]);
});

test('a setting that is taken back takes the second backend away', () => {
  const model = new HaproxyModel(testPaths);
  model.settle(haproxy(open(aServer(1))));
  model.settle(haproxy(aFrontend('web', aServer(1))));
  const backends = model.servers().map((server) => server.backend);
  assert.deepEqual(backends, [aFrontend('web').name]);
});
