import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentence } from '../tables/reasons.ts';
import { idleShares, namedServices } from './named-services.ts';
import type { ServicePort } from './objects.ts';
import type { ServiceSettings } from './service-settings.ts';

const http: ServicePort = { name: 'http', protocol: 'TCP', port: 80 };
const dns: ServicePort = { name: 'dns', protocol: 'UDP', port: 53 };

function said(settings: ServiceSettings, ...ports: ServicePort[]): string {
  return saidOf(settings, settings, ...ports);
}

/** Where a port has other settings: of its own, or its pool's. */
function saidOf(settings: ServiceSettings, ofPort: ServiceSettings, ...ports: ServicePort[]) {
  const all = idleShares({ name: 'web', ports }, settings, () => ofPort);
  return all.map(sentence).join('; ');
}

test('a share of an other Service, and one that stands in, are all that is needed', () => {
  const settings = { 'canary-service': 'next', 'canary-percent': 5, 'backup-service': 'closed' };
  assert.equal(said(settings, http), '');
  assert.equal(said({ 'backup-service': 'closed' }, http, dns), '');
});

test('what comes to nothing is said, and why', () => {
  const whole = { 'canary-service': 'next', 'canary-percent': 5 };
  assert.match(said({ 'canary-percent': 5 }, http), /canary-percent has no effect: .* no Service$/);
  assert.match(said({ 'canary-service': 'next' }, http), /its share is 0$/);
  assert.match(said({ ...whole, 'canary-service': 'web' }, http), /names the Service itself$/);
  assert.match(said({ 'backup-service': 'web' }, http), /backup-service .* the Service itself$/);
  assert.match(said({ ...whole, balance: 'First' }, http), /on 80\/TCP: .* First knows no shares$/);
  assert.match(said(whole, http, dns), /on 53\/UDP: only TCP is shared out$/);
});

test('where pods say their shares themselves no other Service gets one, and it is said', () => {
  const whole = { 'canary-service': 'next', 'canary-percent': 5 };
  const asked = { 'agent-check-port': 8083 };
  const idle = /canary-service has no effect: on 80\/TCP: with \S+agent-check-port each pod says/;
  assert.match(said({ ...whole, ...asked }, http), idle);
  assert.match(saidOf(whole, { ...whole, ...asked }, http), idle, 'of a port, or of the pool');
  assert.equal(said({ 'backup-service': 'closed', ...asked }, http), '');
  assert.equal(said(asked, http), '');
});

test('the Services that are named, each once', () => {
  assert.deepEqual(namedServices({ 'canary-service': 'b', 'backup-service': 'a' }), ['a', 'b']);
  assert.deepEqual(namedServices({ 'canary-service': 'b', 'backup-service': 'b' }), ['b']);
  assert.deepEqual(namedServices({}), []);
});
