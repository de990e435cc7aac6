import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot } from '../../test/build/cluster.ts';
import { aPicture } from '../../test/build/picture.ts';
import type { ClusterSnapshot, Vip } from '../model/objects.ts';
import { parseAddress } from '../net/parse-address.ts';
import { settle } from './settle.ts';
import { type VipReport, vipReport } from './vip-report.ts';

const spec = {
  excludedAddresses: ['10.40.0.11'],
  reservations: [
    { addresses: ['10.40.0.9'], namespace: 'blog', serviceName: 'front' },
    { addresses: ['10.40.0.10'] },
  ],
  maxRetainSeconds: 3600,
};
const pools = [aPool('edge', ['10.40.0.8-10.40.0.12'], { spec })];
const held = settle(aSnapshot({ pools, services: [aService('shop/web')] })).snapshot;

function reportOf(text: string, snapshot: ClusterSnapshot = held): VipReport {
  const address = parseAddress(text);
  assert.ok(address.ok);
  return vipReport(aPicture(snapshot), address.value);
}

/** The Service's address in another phase; its Service is gone. */
function as(phase: Vip['phase'], change: Partial<Vip> = {}): VipReport {
  const vips = held.vips.map((vip) => ({ ...vip, phase, ...change }));
  return reportOf('10.40.0.8', { ...held, vips, services: [] });
}

const told = ({ verdict, well }: VipReport) => [verdict.code, well];

test('an address that is held: its own condition, and the Service to ask about', () => {
  const report = reportOf('10.40.0.8');
  assert.deepEqual(told(report), ['Programmed', true]);
  assert.equal(report.verdict.command, 'kubectl fairlead explain service/web -n shop');
  assert.equal(report.instance?.holder, report.vip?.node);
  const leases = held.leases.map((lease) => ({ ...lease, seenMs: 0 }));
  assert.deepEqual(told(reportOf('10.40.0.8', { ...held, leases })), ['NoHolder', false]);
});

test('every other phase says what the address is kept for, and what ends it', () => {
  const holder = held.vips[0]?.holders[0];
  assert.ok(holder !== undefined);
  const retained = as('Retained', { holders: [{ ...holder, retainSeconds: 600 }] });
  assert.match(retained.verdict.sentence, /kept until 2026-01-01T00:10:00Z for shop\/web/);
  assert.match(retained.verdict.command ?? '', /release 10\.40\.0\.8$/);
  assert.match(
    as('Cooling', { holders: [] }).verdict.sentence,
    /cooling down until 2026-01-01T00:01/,
  );
  assert.match(as('Releasing').verdict.sentence, /being withdrawn .*shop\/web had it/);
  const quarantined = as('Quarantined', { awaitedNodes: ['node-3'] });
  assert.deepEqual(told(quarantined), ['Quarantined', false]);
  assert.match(quarantined.verdict.sentence, /node node-3 confirms/);
  const narrowed = { ...held, pools: [aPool('edge', ['10.40.0.9'])] };
  const stranded = reportOf('10.40.0.8', settle(narrowed).snapshot);
  assert.deepEqual(told(stranded), ['KeptOutsidePool', true]);
  assert.equal(stranded.pool, null);
  assert.match(stranded.verdict.command ?? '', /reassign service\/web -n shop/);
});

test('an address that nobody has: free, reserved, excluded, or of no pool', () => {
  const codes = ['10.40.0.12', '10.40.0.9', '10.40.0.10', '10.40.0.11', '192.0.2.1'].map((text) => {
    const { verdict, reservedFor, vip } = reportOf(text);
    assert.equal(vip, null);
    return [verdict.code, reservedFor];
  });
  assert.deepEqual(codes, [
    ['AddressFree', null],
    ['AddressReserved', 'Service blog/front'],
    ['AddressReserved', 'nobody'],
    ['AddressExcluded', null],
    ['AddressOutside', null],
  ]);
});
