// What becomes of Secrets: a text that HAProxy's CLI and its files can be given, or a sentence.
import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import fc from 'fast-check';
import { inspectAuthority, inspectCertificate } from '../../src/apply/inspect-key.ts';
import { parseSecret } from '../../src/model/parse-secret.ts';
import { Authority } from '../lab/certificates.ts';
import { propertyRuns } from '../run/seeds.ts';
import { endlessly, hostileSecret, rawSecret } from './hostile-secret.ts';

suite('whatever a Secret holds', () => {
  const authority = new Authority();
  const pairs = ['a.example.com', 'b.example.com'].map((name) => authority.issue([name]));
  after(() => authority[Symbol.dispose]());

  test('its key is PEM blocks and nothing else, or is refused with a sentence', (t) => {
    const taken = { certificate: 0, authority: 0 };
    fc.assert(
      fc.property(hostileSecret(pairs), (fields) => {
        const secret = parseSecret(rawSecret(fields));
        assert.ok(secret);
        for (const [kind, inspect] of Object.entries(inspections)) {
          const result = inspect(secret);
          if (!result.ok) {
            assert.match(result.problem, /^[a-z][\x20-\x7e]{1,200}$/);
            continue;
          }
          taken[kind as keyof typeof taken] += 1;
          judgeText(result.value.text);
          assert.ok(Number.isFinite(result.value.notAfterMs));
        }
      }),
      propertyRuns(import.meta.filename, 300),
    );
    t.diagnostic(`taken: ${taken.certificate} certificates, ${taken.authority} authorities`);
    assert.ok(taken.certificate > 10 && taken.authority > 10, 'some of them are good');
  });

  test('a certificate that ends at no time is refused', () => {
    const [pair] = pairs;
    assert.ok(pair);
    const result = inspectCertificate({ ...endlessly(pair), authority: '' });
    assert.ok(!result.ok);
  });

  test('JSON of any shape is a Secret without a key, or none', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (data, name) => {
        const secret = parseSecret({ metadata: { name, namespace: 'other' }, data });
        if (secret === undefined) return;
        for (const inspect of Object.values(inspections)) assert.ok(!inspect(secret).ok);
      }),
      propertyRuns(import.meta.filename),
    );
  });
});

const inspections = { certificate: inspectCertificate, authority: inspectAuthority } as const;

/** An empty line would end the text on HAProxy's CLI, and the next one would be a command. */
function judgeText(text: string): void {
  const pem = /^(-----BEGIN [A-Z ]+-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END [A-Z ]+-----\n)+$/;
  assert.match(text, pem);
  assert.ok(text.length <= 15_000);
}
