import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot } from '../../test/build/cluster.ts';
import { converged, results, vipLines } from '../../test/build/converge.ts';
import { allocate } from './allocate.ts';

const pools = [aPool('edge', ['10.40.0.8/29'])];
const key = (text: string) => ({ 'fairlead.dev/sharing-key': text });
const ports = (...numbers: (number | string)[]) => ({
  ports: numbers.map((each) => {
    const [port = '', protocol = 'TCP'] = String(each).split('/');
    return { name: `p${port}${protocol}`, protocol, port: Number(port) };
  }),
});

/** A Service that shares: `sharing('dns/tcp', 50, 'ns1', 53)`. */
const sharing = (name: string, ageSeconds: number, of: { key: string; ports: unknown[] }) =>
  aService(name, {
    ageSeconds,
    annotations: key(of.key),
    spec: ports(...(of.ports as number[])),
  });

const udp = sharing('dns/udp', 60, { key: 'ns1', ports: ['53/UDP', 9053] });
const tcp = sharing('dns/tcp', 50, { key: 'ns1', ports: [53] });
const alt = sharing('dns/alt', 40, { key: 'ns1', ports: [53] });
const web = sharing('dns/web', 30, { key: 'ns1', ports: [80] });
const probe = sharing('dns2/probe', 20, { key: 'ns1', ports: [8053] });

test('Services of one namespace and key share while no port is in two (A32–A34, example of 6)', () => {
  const after = converged(aSnapshot({ pools, services: [udp, tcp, alt, web, probe] }));
  assert.deepEqual(results(after), {
    udp: '10.40.0.8',
    tcp: '10.40.0.8',
    alt: '10.40.0.9',
    web: '10.40.0.8',
    probe: '10.40.0.10',
  });
  assert.deepEqual(vipLines(after), [
    '10.40.0.10 Held dns2/probe',
    '10.40.0.8 Held dns/tcp,dns/udp,dns/web',
    '10.40.0.9 Held dns/alt',
  ]);
});

test('a Service without a key shares with nobody, whatever its ports (A32)', () => {
  const plain = aService('dns/plain', { ageSeconds: 5, spec: ports(8080) });
  assert.equal(results(aSnapshot({ pools, services: [tcp, plain] }))['plain'], '10.40.0.9');
});

test('traffic policy and selectors play no part in sharing (A35)', () => {
  const local = aService('dns/local', {
    ageSeconds: 5,
    annotations: key('ns1'),
    spec: { ...ports(81), externalTrafficPolicy: 'Local' },
  });
  assert.equal(results(aSnapshot({ pools, services: [tcp, local] }))['local'], '10.40.0.8');
});

test('first fit looks at free and sharable addresses alike (A36)', () => {
  const first = converged(aSnapshot({ pools, services: [aService('blog/x'), tcp] }));
  assert.equal(results(first)['tcp'], '10.40.0.9');
  const freed = converged({ ...first, services: [tcp] });
  const later = { ...freed, vips: freed.vips.filter(({ phase }) => phase === 'Held') };
  const joined = converged({ ...later, services: [tcp, web] });
  assert.equal(results(joined)['web'], '10.40.0.8', 'lower than the one it could share');
});

test('a requested address is shared with whoever may share it, and refused with the reason (A27)', () => {
  const before = converged(aSnapshot({ pools, services: [udp, tcp] }));
  const asking = (of: { key: string; ports: unknown[] }) => {
    const service = sharing('dns/asks', 5, of);
    const wish = { ...service.annotations, 'fairlead.dev/ip-addresses': '10.40.0.8' };
    const snapshot = { ...before, services: [udp, tcp, { ...service, annotations: wish }] };
    const outcome = allocate(snapshot).outcomes.get('uid-dns/asks');
    return outcome?.kind === 'refused' ? outcome.reason.data['state'] : outcome?.kind;
  };
  assert.equal(asking({ key: 'ns1', ports: [8080] }), 'granted');
  assert.match(String(asking({ key: 'ns1', ports: [53] })), /dns\/tcp, which has TCP port 53/);
  assert.match(String(asking({ key: 'ns2', ports: [80] })), /held by .* another sharing key/);
});

test('whoever changes key or ports gives way, the others keep the address (A37)', () => {
  const before = converged(aSnapshot({ pools, services: [udp, tcp, web] }));
  const rekeyed = { ...udp, annotations: key('ns2') };
  const after = converged({ ...before, services: [rekeyed, tcp, web] });
  assert.deepEqual(results(after), { udp: '10.40.0.9', tcp: '10.40.0.8', web: '10.40.0.8' });
  const clash = sharing('dns/udp', 60, { key: 'ns1', ports: [53] });
  const moved = converged({ ...before, services: [clash, tcp, web] });
  assert.deepEqual(results(moved), { udp: '10.40.0.9', tcp: '10.40.0.8', web: '10.40.0.8' });
});

test('a sole holder may change its key and its ports and keeps the address (A37)', () => {
  const before = converged(aSnapshot({ pools, services: [tcp] }));
  const changed = sharing('dns/tcp', 50, { key: 'other', ports: [80, 443] });
  const after = converged({ ...before, services: [changed] });
  assert.equal(results(after)['tcp'], '10.40.0.8');
  const [holder] = after.vips[0]?.holders ?? [];
  assert.deepEqual([holder?.sharingKey, holder?.ports.length], ['other', 2]);
});

test('one of several leaves: its ports are withdrawn before its Service may go (A57, R7)', () => {
  const before = converged(aSnapshot({ pools, services: [tcp, web] }));
  const going = { ...web, deleting: true };
  const silent = converged({ ...before, services: [tcp, going] }, { except: ['node-2'] });
  const leaving = silent.vips[0]?.holders.find(({ name }) => name === 'web');
  assert.notEqual(leaving?.leavingSinceMs, undefined, 'node-2 has not confirmed');
  assert.equal(silent.vips[0]?.phase, 'Held');
  const after = converged({ ...silent, services: [tcp, going] });
  assert.deepEqual(vipLines(after), ['10.40.0.8 Held dns/tcp']);
});

test('a port that is being withdrawn is nobody else’s on that address yet (A32)', () => {
  const before = converged(aSnapshot({ pools, services: [tcp, web] }));
  const without = converged({ ...before, services: [tcp] }, { except: ['node-2'] });
  const next = sharing('dns/next', 5, { key: 'ns1', ports: [80] });
  assert.equal(results({ ...without, services: [tcp, next] })['next'], '10.40.0.9');
});

test('a lost Vip of two Services is rebuilt from what their status says (A53, A56)', () => {
  const published = (service: typeof tcp) => ({
    ...service,
    ingress: [{ ip: '10.40.0.12', ipMode: 'Proxy', ports: [] }],
  });
  const services = [published(tcp), published(web), published(alt)];
  const after = converged(aSnapshot({ pools, services }));
  assert.deepEqual(results(after), { tcp: '10.40.0.12', web: '10.40.0.12', alt: '10.40.0.8' });
});
