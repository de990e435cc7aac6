import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aFrontend } from '../render/desired-fixture.ts';
import { unusableServices } from './unusable-services.ts';

const web = aFrontend('web');
const canary = (problem?: string) => ({
  canary: { service: 'next', percent: 5, ...(problem !== undefined && { problem }) },
});
const place = { name: 'd', service: 'shop/dns', family: 'IPv4', address: '192.0.2.9' } as const;

test('a Service that gives no servers is said once, however many ports name it', () => {
  const frontends = [
    { ...web, ...canary('it has no ready endpoint of IPv4') },
    { ...web, name: 'another', port: 81, ...canary('it has no ready endpoint of IPv4') },
    { ...web, name: 'third', port: 82, ...canary() },
    { ...aFrontend('api'), backup: { service: 'closed', servers: [], problem: 'it is none' } },
  ];
  const backup = { service: 'closed', isServing: false, problem: 'it is gone' };
  const udp = { protocol: 'UDP' as const, port: 53 };
  const dns = { ...place, ...udp, endpoints: [], isSticky: false, isDirect: false, backup };
  const haproxy = { maxConnections: 1, frontends };
  assert.deepEqual(unusableServices({ haproxy, flows: [dns] }), [
    { service: 'shop/api', other: 'closed', why: 'it is none' },
    { service: 'shop/dns', other: 'closed', why: 'it is gone' },
    { service: 'shop/web', other: 'next', why: 'it has no ready endpoint of IPv4' },
  ]);
  assert.deepEqual(unusableServices({ haproxy: { ...haproxy, frontends: [web] }, flows: [] }), []);
});
