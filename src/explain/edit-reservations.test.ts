import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRange } from '../net/parse-range.ts';
import { addReservation, removeReservation } from './edit-reservations.ts';

const range = (text: string) => {
  const parsed = parseRange(text);
  assert.ok(parsed.ok);
  return parsed.value;
};
const before = {
  pool: 'edge',
  raw: [{ addresses: ['10.40.0.8', '10.40.0.12/30'], namespace: 'shop', extra: 'kept' }],
  ranges: [range('10.40.0.0/25'), range('10.40.0.128/25')],
};

const problem = (result: ReturnType<typeof addReservation>) => (result.ok ? '' : result.problem);

test('a reservation is added behind the others, whatever they have', () => {
  const entry = { addresses: ['10.40.0.20'], namespace: 'shop', serviceName: 'web' };
  assert.deepEqual(addReservation(before, entry), {
    ok: true,
    value: { kind: 'changed', reservations: [...before.raw, entry] },
  });
  const across = { addresses: ['10.40.0.120-10.40.0.130'] };
  assert.ok(addReservation(before, across).ok, 'over two ranges that touch');
});

test('what is reserved so already changes nothing', () => {
  const entry = { addresses: ['10.40.0.8'], namespace: 'shop' };
  assert.deepEqual(addReservation(before, entry), { ok: true, value: { kind: 'unchanged' } });
});

test('what the pool does not have, and what others have reserved, is refused by name', () => {
  const outside = problem(addReservation(before, { addresses: ['10.40.1.0'] }));
  assert.match(outside, /10\.40\.1\.0 is not in VipPool edge, which has 10\.40\.0\.0\/25/);
  const taken = problem(addReservation(before, { addresses: ['10.40.0.13'], namespace: 'blog' }));
  assert.match(taken, /10\.40\.0\.13 is reserved for shop already \(10\.40\.0\.12\/30\)/);
  assert.match(problem(addReservation(before, { addresses: ['10.40.0.08'] })), /"10\.40\.0\.08"/);
});

test('an address leaves its entry, and an empty entry leaves the pool', () => {
  const once = removeReservation(before, ['10.40.0.8']);
  assert.deepEqual(once, {
    ok: true,
    value: {
      kind: 'changed',
      reservations: [{ addresses: ['10.40.0.12/30'], namespace: 'shop', extra: 'kept' }],
    },
  });
  const all = removeReservation(before, ['10.40.0.8', '10.40.0.12-10.40.0.15']);
  assert.deepEqual(all, { ok: true, value: { kind: 'changed', reservations: [] } });
});

test('a part of a range is not what stands there', () => {
  const part = problem(removeReservation(before, ['10.40.0.13']));
  assert.match(part, /10\.40\.0\.13 is not reserved: VipPool edge reserves .*10\.40\.0\.12\/30/);
});
