import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOfAnswer, errorOfStatusObject, parseRetryAfter } from './kube-error.ts';

const call = 'GET /api/v1/services';

test('every status that needs its own answer has its own code (R86)', () => {
  const codes = [400, 401, 403, 404, 409, 410, 422, 429, 500, 503, 504].map(
    (status) => errorOfAnswer({ call, status, body: '' }).code,
  );
  assert.deepEqual(codes, [
    ...['Invalid', 'Unauthorized', 'Forbidden', 'NotFound', 'Conflict', 'Gone', 'Invalid'],
    ...['TooMany', 'Server', 'Server', 'Timeout'],
  ]);
});

test('a body that is no Status is quoted, not trusted', () => {
  const page = `<html>${'x'.repeat(5_000)}`;
  const error = errorOfAnswer({ call, status: 502, body: page });
  assert.equal(error.message, `${call}: 502 ${page.slice(0, 200)}`);
  for (const body of ['null', '7', '[]', '{"kind":"Status","details":{"causes":7}}']) {
    assert.equal(errorOfAnswer({ call, status: 500, body }).code, 'Server');
  }
});

test('the Retry-After of a Status counts where the header is missing', () => {
  const body = JSON.stringify({ kind: 'Status', details: { retryAfterSeconds: 3 } });
  assert.equal(errorOfAnswer({ call, status: 504, body }).retryAfterMs, 3_000);
  assert.equal(errorOfAnswer({ call, status: 504, body, retryAfter: '5' }).retryAfterMs, 5_000);
});

test('Retry-After is whole seconds, bounded', () => {
  assert.deepEqual(
    ['1', '0', '400', '-1', '1.5', '', 'Fri, 31 Dec 1999 23:59:59 GMT', undefined].map(
      parseRetryAfter,
    ),
    [1_000, 0, 300_000, undefined, undefined, undefined, undefined, undefined],
  );
});

test('an ERROR event of a watch carries the code in its object', () => {
  const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
  const error = errorOfStatusObject('watch /x', expired);
  assert.deepEqual([error.code, error.reason], ['Gone', 'Expired']);
  for (const odd of [undefined, null, 7, {}, { code: '410' }]) {
    assert.equal(errorOfStatusObject('watch /x', odd).code, 'Server');
  }
});
