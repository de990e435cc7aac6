import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyUsers } from './key-users.ts';

const configuration = [
  'frontend a',
  '  bind 192.0.2.1:443 ssl crt /k/tls_a.pem crt /k/tls_b.pem ca-file /k/ca_c.pem verify required',
  '  bind 192.0.2.1:444 ssl crt /k/tls_b.pem',
  'backend a',
  '  default-server check ssl verify required ca-file /k/ca_p.pem',
].join('\n');

test('a certificate is beside the CAs of the ports that have it', () => {
  const of = (path: string) => keyUsers(configuration, path).clientAuthorities;
  assert.deepEqual(of('/k/tls_a.pem'), ['/k/ca_c.pem']);
  assert.deepEqual(of('/k/tls_b.pem'), ['/k/ca_c.pem']);
  assert.deepEqual(of('/k/tls_'), [], 'part of a name');
});

test('a CA is of clients, or servers have it too', () => {
  assert.equal(keyUsers(configuration, '/k/ca_c.pem').isOfServers, false);
  assert.equal(keyUsers(configuration, '/k/ca_p.pem').isOfServers, true);
  assert.equal(keyUsers('', '/k/ca_p.pem').isOfServers, false);
});
