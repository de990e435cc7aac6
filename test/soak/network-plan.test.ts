import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../run/random.ts';
import { propertyRuns } from '../run/seeds.ts';
import {
  type Action,
  actionKinds,
  afterAction,
  emptyWorld,
  nextAction,
  replicas,
  servicesMax,
  type World,
} from './network-plan.ts';

type Played = { readonly action: Action; readonly world: World };

/** What a seed plays, with the world after each action. */
function played(seed: number, count: number): Played[] {
  const random = new Random(seed);
  const all: Played[] = [];
  let world = emptyWorld;
  while (all.length < count) {
    const action = nextAction(random, world);
    world = afterAction(world, action);
    all.push({ action, world });
  }
  return all;
}

test('a seed plays the same again, and another one something else', () => {
  assert.deepEqual(played(4, 60), played(4, 60));
  assert.notDeepEqual(played(4, 60), played(5, 60));
});

test('a short soak sees every kind, whatever its seed', () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const kinds = new Set(played(seed, 40).map(({ action }) => action.kind));
    const missing = actionKinds.filter((kind) => !kinds.has(kind));
    assert.deepEqual(missing, [], `seed ${seed}`);
  }
});

test('there is always a Service, one node off at most, and a replica on two nodes', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      let wasOff = false;
      const names = new Set<string>();
      for (const { action, world } of played(seed, 80)) {
        assert.ok(world.services.length >= 1 && world.services.length <= servicesMax);
        for (const one of world.services) {
          assert.ok(one.replicas >= replicas.min && one.replicas <= replicas.max);
        }
        assert.ok(action.kind !== 'node-kill' || !wasOff);
        assert.ok(action.kind !== 'node-return' || wasOff);
        if (action.kind === 'service-create') {
          assert.ok(!names.has(action.service), `${action.service} twice`);
          names.add(action.service);
        }
        wasOff = world.isNodeOff;
      }
    }),
    propertyRuns(import.meta.filename),
  );
});

test('a victim is often a holder and sometimes anybody', () => {
  const kinds = played(1, 200).flatMap(({ action }) =>
    'victim' in action ? [action.victim.kind] : [],
  );
  const holders = kinds.filter((kind) => kind === 'holder').length;
  assert.ok(holders > kinds.length / 3 && holders < kinds.length, `${holders} of ${kinds.length}`);
});
