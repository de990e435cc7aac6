import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHttpAddress } from './http.ts';

test('an address to listen on is a host of either family, in brackets or not, and a port', () => {
  const read: readonly (readonly [string, string | undefined])[] = [
    [':8080', undefined],
    ['127.0.0.1:8080', '127.0.0.1'],
    ['[192.0.2.1]:8080', '192.0.2.1'],
    ['[2001:db8::1]:8080', '2001:db8::1'],
    ['[::]:8080', '::'],
  ];
  for (const [text, host] of read) {
    assert.deepEqual(parseHttpAddress(text), { host, port: 8080 }, text);
  }
});

test('what is no address is refused with an example', () => {
  for (const text of ['8080', '::1:8080', '[::1]', '[::1:8080', '127.0.0.1:65536', '[]:8080']) {
    assert.throws(() => parseHttpAddress(text), /write HOST:PORT, for example :8080/, text);
  }
});
