/** Rules of the two families: what comes, what goes, and from which pool. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot } from '../../test/build/cluster.ts';
import { converged, notesOf, results, vipLines } from '../../test/build/converge.ts';

const dual = { families: ['IPv4', 'IPv6'] };
const prefers = { ...dual, spec: { ipFamilyPolicy: 'PreferDualStack' } };
const four = ['10.40.0.8/30'];
const six = ['2001:db8:40::8/125'];

test('a Service that loses its cluster IPs releases what it held, and is told (A39)', () => {
  const pools = [aPool('edge', four)];
  const before = converged(aSnapshot({ pools, services: [aService('shop/a')] }));
  const headless = aService('shop/a', { spec: { clusterIPs: ['None'] } });
  const after = converged({ ...before, services: [headless] });
  assert.deepEqual(vipLines(after), ['10.40.0.8 Cooling']);
  assert.deepEqual(results(after), { a: 'NoClusterIp' });
});

test('PreferDualStack without an address of its primary family takes the other one (A43)', () => {
  const service = aService('shop/a', prefers);
  const after = converged(aSnapshot({ pools: [aPool('edge', six)], services: [service] }));
  assert.deepEqual(results(after), { a: '2001:db8:40::8' });
  assert.deepEqual(notesOf(after, service), ['AllocatedPartially']);
});

test('PreferDualStack takes its primary family before the other one (A43)', () => {
  const pools = [aPool('a-six', six), aPool('z-four', four)];
  const after = results(aSnapshot({ pools, services: [aService('shop/a', prefers)] }));
  assert.deepEqual(after, { a: '10.40.0.8' });
});

test('the missing address never comes from another pool (A44)', () => {
  const service = aService('shop/a', prefers);
  const before = converged(aSnapshot({ pools: [aPool('edge', four)], services: [service] }));
  const pools = [...before.pools, aPool('both', ['10.40.1.8/30', ...six])];
  assert.deepEqual(results(converged({ ...before, pools })), { a: '10.40.0.8' });
  const grown = converged({ ...before, pools: [aPool('edge', [...four, ...six])] });
  assert.deepEqual(results(grown), { a: '10.40.0.8 2001:db8:40::8' });
});

test('a family that is added to a Service gets an address of the same pool (A45)', () => {
  const pools = [aPool('edge', [...four, ...six]), aPool('a', ['10.40.1.8/30', '2001:db8:1::8'])];
  const request = { annotations: { 'fairlead.dev/pool': 'edge' } };
  const narrow = aService('shop/a', request);
  const before = converged(aSnapshot({ pools, services: [narrow] }));
  const after = converged({ ...before, services: [aService('shop/a', { ...dual })] });
  assert.deepEqual(vipLines(after), ['10.40.0.8 Held shop/a', '2001-db8-40-0-0-0-0-8 Held shop/a']);
});
