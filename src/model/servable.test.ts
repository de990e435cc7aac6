import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aService } from '../../test/build/cluster.ts';
import { servable } from './servable.ts';
import { vipsDigest } from './vips-digest.ts';

const ports = (...protocols: string[]) =>
  protocols.map((protocol, index) => ({ name: `p${index}`, protocol, port: 80 + index }));

test('TCP and UDP are served, SCTP is refused port by port (R24, R25, R40)', () => {
  const {
    ports: served,
    refusedPorts,
    refusal,
  } = servable(aService('shop/web', { spec: { ports: ports('TCP', 'UDP', 'SCTP') } }));
  assert.deepEqual(
    served.map(({ port }) => port),
    [80, 81],
  );
  assert.deepEqual(
    refusedPorts.map(({ error }) => error),
    ['fairlead.dev/ProtocolUnsupported'],
  );
  assert.equal(refusal, undefined);
});

test('what nobody enforces yet refuses the whole Service, and nothing of it is served', () => {
  const cases = [
    [
      aService('shop/web', { spec: { loadBalancerSourceRanges: ['10.0.0.0/8', '10.1.0.0'] } }),
      'SourceRangesInvalid',
    ],
    [aService('shop/web', { spec: { ports: ports('SCTP') } }), 'NoServablePort'],
  ] as const;
  for (const [service, code] of cases) {
    assert.equal(servable(service).refusal?.code, code);
    assert.deepEqual(servable(service).ports, []);
  }
});

test('of one number for TCP and SCTP the one is served and the other has its error (R39)', () => {
  const spec = { ports: ports('TCP', 'SCTP').map((port) => ({ ...port, port: 53 })) };
  const { ports: served, refusedPorts } = servable(aService('shop/dns', { spec }));
  assert.deepEqual(
    served.map(({ protocol }) => protocol),
    ['TCP'],
  );
  assert.deepEqual(
    refusedPorts.map(({ port }) => port.protocol),
    ['SCTP'],
  );
});

test('R11: the digest of Vips tells generations and uids apart, not their order', () => {
  const [a, b] = [
    { uid: 'uid-8', generation: 1 },
    { uid: 'uid-9', generation: 12 },
  ];
  assert.equal(vipsDigest([a, b]), vipsDigest([b, a]));
  const others = [[a], [b], [], [a, { ...b, generation: 1 }], [{ uid: 'uid-81', generation: 12 }]];
  const digests = new Set([[a, b], ...others].map(vipsDigest));
  assert.equal(digests.size, 6);
  assert.match(vipsDigest([]), /^[0-9a-f]{16}$/);
});
