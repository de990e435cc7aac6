import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstTurn, type Hinted, type Place, turnsOf } from './topology.ts';

const here: Place = { node: 'n1', zone: 'a' };
const zone = (...zones: string[]): Hinted => ({ zones });
const node = (name: string, ...zones: string[]): Hinted => ({ nodes: [name], zones });

/** The turns of endpoints, in their order. */
function turns(ready: readonly Hinted[], place: Place | 'nowhere' = here): string {
  return [...turnsOf(ready, place === 'nowhere' ? undefined : place).values()].join(' ');
}

test('R73: hints for zones: those of the zone of this node come first', () => {
  assert.equal(turns([zone('b'), zone('a'), zone('b', 'a')]), 'Second First First');
});

test('R73: one ready endpoint without a hint, and hints do not count', () => {
  assert.equal(turns([zone('b'), zone('a'), {}]), 'First First First');
});

test('R73: an endpoint that is far is so whether or not there is a near one', () => {
  assert.equal(turns([zone('b'), zone('c')]), 'Second Second');
});

test('R73: hints for nodes go before those for zones', () => {
  const all = [node('n1', 'a'), node('n2', 'a'), node('n3', 'b')];
  assert.equal(turns(all), 'First Second Third');
  assert.equal(turns(all.slice(1)), 'Second Third');
});

test('R73: one ready endpoint without a hint for a node, and zones decide', () => {
  assert.equal(turns([node('n1', 'a'), zone('a'), zone('b')]), 'First First Second');
});

test('R73: hints for nodes count on a node without a zone, those for zones do not', () => {
  const nowhere = { node: 'n1', zone: undefined };
  assert.equal(turns([node('n1', 'a'), node('n2', 'b')], nowhere), 'First Second');
  assert.equal(turns([zone('a'), zone('b')], nowhere), 'First First');
});

test('nowhere, and without endpoints, nobody comes first', () => {
  assert.equal(turns([node('n1', 'a'), node('n2', 'b')], 'nowhere'), 'First First');
  assert.equal(turns([]), '');
});

test('the first turn is the first that somebody has', () => {
  assert.equal(firstTurn(['Third', 'Second']), 'Second');
  assert.equal(firstTurn(['Kept']), 'Kept');
});
