import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../../test/run/seeds.ts';
import { type Gathering, ObjectStore } from './object-store.ts';
import type { RawObject } from './raw-object.ts';

type Slice = { readonly name: string; readonly service: string };

/** An EndpointSlice of a Service; every call is a new version unless one is given. */
function slice(name: string, service: string, resourceVersion = nextVersion()): RawObject {
  return { metadata: { name, namespace: 'shop', resourceVersion }, service };
}
let versions = 0;
function nextVersion(): string {
  versions += 1;
  return String(versions);
}

function aStore() {
  const unreadable: string[] = [];
  const store = new ObjectStore<Slice>({
    project: (raw) => {
      if (raw['service'] === 'broken') throw new Error('a bug');
      if (raw['service'] === 'hidden') return undefined;
      return { name: raw.metadata.name, service: String(raw['service']) };
    },
    wakes: (value) => [value.service],
    onUnreadable: (name) => unreadable.push(name),
  });
  const list = (...objects: RawObject[]): string[] => {
    const gathering: Gathering<Slice> = new Map();
    store.gather(gathering, objects);
    return [...store.replace(gathering)].toSorted();
  };
  const put = (object: RawObject): string[] => woken((keys) => store.put(object, keys));
  const remove = (object: RawObject): string[] => woken((keys) => store.remove(object, keys));
  return { store, list, put, remove, unreadable };
}

function woken(act: (keys: Set<string>) => void): string[] {
  const keys = new Set<string>();
  act(keys);
  return [...keys].toSorted();
}

test('a value that moves wakes what it was for and what it is for', () => {
  const { put } = aStore();
  assert.deepEqual(put(slice('s', 'web')), ['web']);
  assert.deepEqual(put(slice('s', 'api')), ['api', 'web']);
});

test('a new version that reads the same wakes nobody (R17)', () => {
  const { put, list } = aStore();
  put(slice('s', 'web'));
  assert.deepEqual(put(slice('s', 'web')), []);
  assert.deepEqual(list(slice('s', 'web')), []);
});

test('a list wakes what came, changed and vanished, and nothing else', () => {
  const { list, store } = aStore();
  list(slice('kept', 'kept', 'v1'), slice('changed', 'before'), slice('gone', 'vanished'));
  const keys = list(slice('kept', 'kept', 'v1'), slice('changed', 'after'), slice('new', 'came'));
  assert.deepEqual(keys, ['after', 'before', 'came', 'vanished']);
  assert.deepEqual([...store.values.keys()].toSorted(), ['shop/changed', 'shop/kept', 'shop/new']);
});

test('an object that the projection no longer wants has vanished', () => {
  const { put, store } = aStore();
  put(slice('s', 'web'));
  assert.deepEqual(put(slice('s', 'hidden')), ['web']);
  assert.equal(store.values.size, 0);
});

test('a projection that throws keeps the last good value and is reported', () => {
  const { put, list, store, unreadable } = aStore();
  put(slice('s', 'web'));
  assert.deepEqual(put(slice('s', 'broken')), []);
  assert.deepEqual(list(slice('s', 'broken'), slice('t', 'broken')), []);
  assert.deepEqual([...store.values.values()], [{ name: 's', service: 'web' }]);
  assert.deepEqual(unreadable, ['shop/s', 'shop/s', 'shop/t']);
});

test('what is no object is left out of a list', () => {
  const { store } = aStore();
  const gathering: Gathering<Slice> = new Map();
  store.gather(gathering, [null, 7, {}, { metadata: {} }, slice('s', 'web')]);
  assert.equal(gathering.size, 1);
});

test('events and lists end at the same store, whatever came before (R5)', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const service = fc.constantFrom('x', 'y', 'hidden');
  const event = fc.record({ name, service, isRemoval: fc.boolean() });
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const followed = aStore();
      const world = new Map<string, RawObject>();
      for (const each of events) {
        const object = slice(each.name, each.service);
        if (each.isRemoval) world.delete(each.name);
        else world.set(each.name, object);
        if (each.isRemoval) followed.remove(object);
        else followed.put(object);
      }
      const listed = aStore();
      listed.list(...world.values());
      const sorted = (store: ObjectStore<Slice>) => [...store.values].toSorted();
      assert.deepEqual(sorted(followed.store), sorted(listed.store));
      assert.deepEqual(followed.list(...world.values()), []);
    }),
    propertyRuns(import.meta.filename),
  );
});
