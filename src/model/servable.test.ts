import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aService } from '../../test/build/cluster.ts';
import { servable } from './servable.ts';
import { vipsDigest } from './vips-digest.ts';

const ports = (...protocols: string[]) =>
  protocols.map((protocol, index) => ({ name: `p${index}`, protocol, port: 80 + index }));

test('R40: TCP, UDP and SCTP are served, also all of one number (R39)', () => {
  const all = ports('TCP', 'UDP', 'SCTP').map((port) => ({ ...port, port: 53 }));
  const service = aService('shop/web', { spec: { ports: all } });
  const { ports: served, refusedPorts, refusal } = servable(service);
  assert.deepEqual(
    served.map(({ protocol, port }) => `${port}/${protocol}`),
    ['53/TCP', '53/UDP', '53/SCTP'],
  );
  assert.deepEqual([refusedPorts, refusal], [[], undefined]);
});

test('what nobody enforces yet refuses the whole Service, and nothing of it is served', () => {
  const cases = [
    [
      aService('shop/web', { spec: { loadBalancerSourceRanges: ['10.0.0.0/8', '10.1.0.0'] } }),
      'SourceRangesInvalid',
    ],
  ] as const;
  for (const [service, code] of cases) {
    assert.equal(servable(service).refusal?.code, code);
    assert.deepEqual(servable(service).ports, []);
  }
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
