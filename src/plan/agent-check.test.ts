import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DesiredHaproxy, Frontend, Server } from '../desired/desired-node.ts';
import { aFrontend, aPool, aServer, testPaths } from '../render/desired-fixture.ts';
import { unsettledBackends } from './haproxy.ts';
import { HaproxyModel } from './haproxy-model.ts';

const asked = (...servers: Server[]): Frontend => ({
  ...aFrontend('web', ...servers),
  settings: { 'agent-check-port': 8083 },
});
const haproxy = (...frontends: Frontend[]): DesiredHaproxy => aPool(frontends).haproxy;
const { name: backend } = aFrontend('web');
const { name: server } = aServer(2);

/** Two pods that are asked; the second has said what it can take. */
function saying(state: 'ready' | 'drain' | 'maint', weight = 1): HaproxyModel {
  const model = new HaproxyModel(testPaths);
  model.settle(haproxy(asked(aServer(1), aServer(2))));
  model.says({ backend, name: server, state, weight });
  return model;
}
const kindsOf = (model: HaproxyModel, frontend: Frontend) =>
  model.plan(haproxy(frontend)).map(({ kind }) => kind);
const stateOf = (model: HaproxyModel) => model.servers().find(({ name }) => name === server);

test('what a pod says of itself is left alone, and nothing is waited for', () => {
  for (const state of ['drain', 'maint'] as const) {
    const model = saying(state, 30);
    const wanted = haproxy(asked(aServer(1), aServer(2)));
    assert.deepEqual(model.plan(wanted), []);
    assert.deepEqual(unsettledBackends(wanted, model.observed()), []);
  }
});

test('an endpoint that ends is not asked any more, whatever it last said', () => {
  for (const state of ['ready', 'drain', 'maint'] as const) {
    const model = saying(state);
    const wanted = asked(aServer(1), aServer(2, 'drain'));
    assert.deepEqual(kindsOf(model, wanted), ['server-drain']);
    model.settle(haproxy(wanted));
    model.says({ backend, name: server, state: 'ready', weight: 1 });
    assert.deepEqual([stateOf(model)?.state, stateOf(model)?.agent], ['drain', false]);
  }
});

test('one that comes back is asked again', () => {
  const model = saying('ready');
  model.settle(haproxy(asked(aServer(1), aServer(2, 'drain'))));
  model.settle(haproxy(asked(aServer(1), aServer(2))));
  assert.deepEqual([stateOf(model)?.state, stateOf(model)?.agent], ['ready', true]);
});

test('a pod that comes later is checked first, then it serves and is asked', () => {
  const model = new HaproxyModel(testPaths);
  model.settle(haproxy(asked(aServer(1))));
  const wanted = asked(aServer(1), aServer(2));
  assert.deepEqual(kindsOf(model, wanted), ['write-file', 'server-add']);
  model.settle(haproxy(wanted));
  assert.deepEqual([stateOf(model)?.state, stateOf(model)?.agent], ['ready', true]);
});

test('what a pod said does not outlast its being asked', () => {
  const model = saying('drain', 30);
  model.settle(haproxy(aFrontend('web', aServer(1), aServer(2))));
  assert.deepEqual([stateOf(model)?.state, stateOf(model)?.weight], ['ready', 1]);
});
