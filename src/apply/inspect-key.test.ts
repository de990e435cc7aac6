import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority } from '../../test/lab/certificates.ts';
import { inspectAuthority, inspectCertificate } from './inspect-key.ts';

using authority = new Authority();
const web = authority.issue(['web.test'], 30);
const other = authority.issue(['other.test']);
const inspected = (certificate: string, key: string) =>
  inspectCertificate({ certificate, key, authority: '' });
const problem = (certificate: string, key: string) => {
  const result = inspected(certificate, key);
  return result.ok ? '' : result.problem;
};

test('chain and key become PEM blocks and nothing else, with the day of their end', () => {
  const noise = `Bag Attributes\r\n\n${web.certificate}\n\nbackend evil\n${authority.certificate}`;
  const result = inspected(noise, `# a note\n${web.key.replaceAll('\n', '\r\n')}`);
  assert.ok(result.ok);
  const { text, notAfterMs } = result.value;
  assert.doesNotMatch(text, /evil|note|Bag|\r|\n\n/);
  assert.deepEqual(text.match(/BEGIN [A-Z ]+/g), [
    ...['BEGIN CERTIFICATE', 'BEGIN CERTIFICATE', 'BEGIN PRIVATE KEY'],
  ]);
  const days = (notAfterMs - Date.now()) / 86_400_000;
  assert.ok(days > 29 && days < 31, String(days));
});

test('what is wrong is said by the field', () => {
  assert.equal(problem('', web.key), 'tls.crt holds no certificate');
  assert.equal(problem(web.certificate, ''), 'tls.key does not hold one private key');
  assert.match(problem(web.certificate, other.key), /tls\.key does not belong to the first/);
  assert.match(problem(web.certificate, web.key + other.key), /one private key/);
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  assert.match(problem(broken, web.key), /tls\.crt holds a block that is no certificate/);
  assert.match(problem(web.certificate + broken, web.key), /tls\.crt holds a block/);
  const noKey = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
  assert.match(problem(web.certificate, noKey), /tls\.key holds a block that is no private key/);
  const long = Array.from({ length: 40 }, () => web.certificate).join('');
  assert.match(problem(long, web.key), /bytes long, and 15000 are allowed/);
});

test('an authority is its certificates', () => {
  const of = (text: string) => inspectAuthority({ certificate: '', key: '', authority: text });
  const good = of(authority.certificate + other.key);
  assert.ok(good.ok && !/KEY/.test(good.value.text));
  assert.ok(!of('').ok);
});
