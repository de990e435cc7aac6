import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKernelAddresses } from './kernel-addresses.ts';

// Said by iproute2 6.15; the second form where the name of the protocol is not registered.
const shown = (protocol: string) =>
  JSON.stringify([
    {
      ifname: 'lo',
      addr_info: [
        { family: 'inet', local: '127.0.0.1', prefixlen: 8, scope: 'host' },
        { family: 'inet', local: '169.254.77.51', prefixlen: 32, scope: 'host', protocol },
      ],
    },
    {},
  ]);

for (const protocol of ['keepalived', '0x12']) {
  test(`Keepalived's mark is known as ${protocol}`, () => {
    assert.deepEqual(parseKernelAddresses(shown(protocol)), [
      { interface: 'lo', address: '127.0.0.1', length: 8, keepalived: false },
      { interface: 'lo', address: '169.254.77.51', length: 32, keepalived: true },
    ]);
  });
}

test("somebody else's mark is not ours", () => {
  assert.equal(
    parseKernelAddresses(shown('kernel_lo')).some((one) => one.keepalived),
    false,
  );
});

test('no output is no address, nonsense is an error', () => {
  assert.deepEqual(parseKernelAddresses(''), []);
  assert.throws(() => parseKernelAddresses('{"ifname":"lo"}'));
});
