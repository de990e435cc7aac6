import fc from 'fast-check';
import type { Certificate } from '../lab/certificates.ts';

/** The fields of a Secret, before base64. */
export type SecretFields = { readonly [Name in 'tls.crt' | 'tls.key' | 'ca.crt']?: string };

/** What stands between two blocks, or in their place. */
const between = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      '\n',
      '\n\n',
      '\r\n',
      '# comment\n',
      'Bag Attributes\n  friendlyName: x\n',
      '\0',
      '\ufeff',
    ],
    ...['\nset ssl cert x <<\n', '\n\nshow info\n', ';shutdown frontend x\n', '-----', '=', '<<\n'],
    ...[
      '-----BEGIN CERTIFICATE-----\n',
      '-----END CERTIFICATE-----\n',
      '-----BEGIN PRIVATE KEY-----',
    ],
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    '-----BEGIN EVIL-----\nAAAA\n-----END EVIL-----\n',
    'x'.repeat(20_000),
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

/** Secrets made of the blocks of real ones, with what people and attackers put around them. */
export function hostileSecret(pairs: readonly Certificate[]): fc.Arbitrary<SecretFields> {
  const certificates = pairs.map(({ certificate }) => certificate);
  const keys = pairs.map(({ key }) => key);
  const blocks = fc.constantFrom(
    ...certificates,
    ...keys,
    ...[...certificates, ...keys].map(oneLine),
  );
  const texts = (own: readonly string[]) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...own) },
      {
        weight: 4,
        arbitrary: fc
          .array(fc.tuple(between, fc.oneof(fc.constantFrom(...own), blocks)), { maxLength: 4 })
          .map((parts) => parts.flat().join('')),
      },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...own), fc.nat()).map(cut) },
      { weight: 1, arbitrary: between },
      { weight: 1, arbitrary: fc.constantFrom(...own).map((text) => text.repeat(60)) },
    );
  return fc.record(
    { 'tls.crt': texts(certificates), 'tls.key': texts(keys), 'ca.crt': texts(certificates) },
    { requiredKeys: [] },
  );
}

function cut([text, at]: readonly [string, number]): string {
  return text.slice(0, at % text.length);
}

/** A block as some tools print it: without line ends inside. */
function oneLine(text: string): string {
  const [head = '', ...rest] = text.trim().split('\n');
  const tail = rest.pop() ?? '';
  return `${head}\n${rest.join('')}\n${tail}\n`;
}

/** The same with a notAfter that is no time (RFC 5280, 4.1.2.5): Node reads it, and says so. */
export function endlessly({ certificate, key }: Certificate): Certificate {
  const [head = '', ...rest] = certificate.trim().split('\n');
  const tail = rest.pop() ?? '';
  const bytes = Buffer.from(rest.join(''), 'base64');
  // Tag and length of a UTCTime; the second one of a certificate is its end.
  const at = bytes.lastIndexOf(Buffer.from([0x17, 0x0d]));
  bytes.write('991332000000Z', at + 2, 'latin1');
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return { certificate: `${[head, ...lines, tail].join('\n')}\n`, key };
}

/** The Secret as the API server hands it out; what is no ASCII is bytes. */
export function rawSecret(fields: SecretFields): object {
  const data = Object.entries(fields).map(([name, text]) => [
    name,
    Buffer.from(text, 'utf8').toString('base64'),
  ]);
  const metadata = { namespace: 'other', name: 'tls' };
  return { metadata, type: 'kubernetes.io/tls', data: Object.fromEntries(data) };
}
