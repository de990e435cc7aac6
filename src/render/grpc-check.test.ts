import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../../test/run/seeds.ts';
import { grpcQuestion } from './grpc-check.ts';

type Frame = { readonly type: number; readonly flags: number; readonly payload: Buffer };

/** What a server reads: the preface, then frames until the bytes are over. */
function framesOf(hex: string): Frame[] {
  const bytes = Buffer.from(hex, 'hex');
  assert.equal(bytes.subarray(0, 24).toString(), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const found: Frame[] = [];
  for (let at = 24; at < bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    const payload = bytes.subarray(at + 9, at + 9 + length);
    assert.equal(payload.length, length);
    found.push({ type: bytes[at + 3] ?? -1, flags: bytes[at + 4] ?? -1, payload });
    at += 9 + length;
  }
  return found;
}

test('RFC 9113: preface, SETTINGS, HEADERS and the DATA that ends the stream', () => {
  const [settings, headers, data, ...more] = framesOf(
    grpcQuestion({ service: '', host: 'a.example', isTls: false }),
  );
  assert.deepEqual([settings?.type, settings?.flags, settings?.payload.length], [4, 0, 0]);
  assert.deepEqual([headers?.type, headers?.flags], [1, 4]);
  assert.deepEqual([data?.type, data?.flags, data?.payload.toString('hex')], [0, 1, '0000000000']);
  assert.deepEqual(more, []);
});

test('RFC 7541: fields of the static table by number, the others as they are', () => {
  const of = (isTls: boolean) =>
    framesOf(grpcQuestion({ service: '', host: 'a.b', isTls }))[1]?.payload.toString('latin1');
  const rest =
    '\x04\x1c/grpc.health.v1.Health/Check\x01\x03a.b\x0f\x10\x10application/grpc\x00\x02te\x08trailers';
  assert.equal(of(false), `\x83\x86${rest}`);
  assert.equal(of(true), `\x83\x87${rest}`);
});

test('any service and host can be asked for, and the service is field 1 of the message', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_./-]{1,100}$/);
  fc.assert(
    fc.property(name, name, (service, host) => {
      const data = framesOf(grpcQuestion({ service, host, isTls: true }))[2]?.payload;
      assert.equal(data?.readUInt32BE(1), service.length + 2);
      assert.deepEqual([data?.[5], data?.[6]], [0x0a, service.length]);
      assert.equal(data?.subarray(7).toString(), service);
    }),
    propertyRuns(import.meta.filename),
  );
});
