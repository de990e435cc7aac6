import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot } from '../../test/build/cluster.ts';
import { serviceOf } from '../../test/build/picture.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { parseAddress } from '../net/parse-address.ts';
import { annotations } from '../tables/names.ts';
import { settle } from './settle.ts';
import { type LeavingQuery, strandedOf, withReassign } from './stranded.ts';

const services = ['shop/a', 'shop/b'].map((key, i) => aService(key, { ageSeconds: 9 - i }));
const before = settle(aSnapshot({ pools: [aPool('edge', ['10.40.0.8-10.40.0.9'])], services }));

function narrowed(ranges: readonly string[], from: ClusterSnapshot = before.snapshot) {
  return settle({ ...from, pools: [aPool('edge', ranges)] }).snapshot;
}

const told = (snapshot: ClusterSnapshot, query: LeavingQuery) => {
  const found = strandedOf(snapshot, query);
  if (!found.ok) return found.problem;
  return found.value.map(({ service, annotation }) => `${service.name} ${annotation}`);
};

const address = (text: string) => {
  const parsed = parseAddress(text);
  assert.ok(parsed.ok);
  return parsed.value;
};

test('the stranded addresses of a Service, of a pool; nothing else (A48, A50)', () => {
  const snapshot = narrowed(['10.40.0.9-10.40.0.12']);
  assert.deepEqual(told(snapshot, { service: serviceOf(snapshot, 'shop/a') }), ['a 10.40.0.8']);
  assert.deepEqual(told(snapshot, { pool: 'edge' }), ['a 10.40.0.8']);
  assert.match(
    String(told(snapshot, { service: serviceOf(snapshot, 'shop/b') })),
    /^Service shop\/b holds 10\.40\.0\.9: nothing of that is stranded/,
  );
});

test('why there is nothing to move is said', () => {
  const { snapshot } = before;
  assert.match(String(told(snapshot, { pool: 'edge' })), /nothing to reassign/);
  assert.match(String(told(snapshot, { pool: 'gone' })), /there is no VipPool "gone"/);
  const a = serviceOf(snapshot, 'shop/a');
  assert.match(
    String(told(snapshot, { service: a, address: address('10.40.0.9') })),
    /10\.40\.0\.9 is not stranded there/,
  );
  const none = aService('shop/none');
  assert.match(String(told(snapshot, { service: none })), /holds no address/);
});

test('who asks for the address itself has to take that back first', () => {
  const asking = aService('shop/a', { annotations: { [annotations.addresses]: '10.40.0.8' } });
  const held = settle(aSnapshot({ pools: [aPool('edge', ['10.40.0.8'])], services: [asking] }));
  const snapshot = narrowed(['10.40.0.9'], held.snapshot);
  assert.match(
    String(told(snapshot, { service: serviceOf(snapshot, 'shop/a') })),
    /asks for 10\.40\.0\.8 itself: remove annotation fairlead\.dev\/ip-addresses/,
  );
});

test('the annotation moves the Service, and keeps what stood there', () => {
  const snapshot = narrowed(['10.40.0.9-10.40.0.12']);
  const a = serviceOf(snapshot, 'shop/a');
  const asked = { ...a, annotations: { [annotations.reassign]: '192.0.2.1' } };
  const found = strandedOf(snapshot, { service: asked });
  assert.ok(found.ok);
  const [leaving] = found.value;
  assert.ok(leaving !== undefined);
  assert.equal(leaving.annotation, '192.0.2.1,10.40.0.8');
  const moving = snapshot.services.map((each) =>
    each.uid === a.uid ? withReassign(leaving) : each,
  );
  const after = settle({ ...snapshot, services: moving }).snapshot;
  assert.deepEqual(
    serviceOf(after, 'shop/a').ingress.map(({ ip }) => ip),
    ['10.40.0.10'],
  );
});
