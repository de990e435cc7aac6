import type { X509Certificate } from 'node:crypto';
import { ok, type Result, refused } from '../lib/result.ts';

// Not imported, for that would load undici as well (ADR 0023).
const crypto = process.getBuiltinModule('node:crypto');

/** What a Secret holds for TLS; texts as they are in it. */
export type SecretText = {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
};

/** A key that HAProxy can be given. */
export type InspectedKey = {
  /** PEM blocks only, chain before key, without an empty line. */
  readonly text: string;
  /** When the first certificate of it ends, ms since the epoch. */
  readonly notAfterMs: number;
};

/** The CLI of HAProxy takes a text of one buffer (tune.bufsize 16,384, of which it keeps some). */
const textBytesMax = 15_000;

/**
 * Reads what a Secret of type kubernetes.io/tls holds (tls.crt, tls.key): certificates, the key
 * that belongs to the first, and nothing else; whatever stands between them is dropped. Refused
 * with a sentence that names the field.
 */
export function inspectCertificate(secret: SecretText): Result<InspectedKey, string> {
  const chain = blocks(secret.certificate, /^CERTIFICATE$/);
  const [key, ...more] = blocks(secret.key, /^(RSA |EC |ENCRYPTED )?PRIVATE KEY$/);
  if (chain.length === 0) return refused('tls.crt holds no certificate');
  if (key === undefined || more.length > 0) return refused('tls.key does not hold one private key');
  if (/ENCRYPTED/.test(secret.key))
    return refused('tls.key is encrypted; nobody can decrypt it here');
  const certificates = chain.map(certificateOf);
  const [first] = certificates;
  if (first === undefined || certificates.includes(undefined)) {
    return refused('tls.crt holds a block that is no certificate');
  }
  try {
    if (!first.checkPrivateKey(crypto.createPrivateKey(key))) {
      return refused('tls.key does not belong to the first certificate of tls.crt');
    }
  } catch {
    return refused('tls.key holds a block that is no private key');
  }
  return sized([...chain, key], Date.parse(first.validTo));
}

/** Reads ca.crt: the certificates that sign those of others. */
export function inspectAuthority(secret: SecretText): Result<InspectedKey, string> {
  const chain = blocks(secret.authority, /^CERTIFICATE$/);
  if (chain.length === 0) return refused('ca.crt holds no certificate');
  const certificates = chain.map(certificateOf);
  const ends = certificates.flatMap((each) =>
    each === undefined ? [] : [Date.parse(each.validTo)],
  );
  if (ends.length < chain.length) return refused('ca.crt holds a block that is no certificate');
  return sized(chain, Math.min(...ends));
}

/** When what a key file holds ends, ms since the epoch; undefined where it is no such file. */
export function endOf(kind: 'certificate' | 'authority', text: string): number | undefined {
  const inspect = kind === 'certificate' ? inspectCertificate : inspectAuthority;
  const result = inspect({ certificate: text, key: text, authority: text });
  return result.ok ? result.value.notAfterMs : undefined;
}

function sized(parts: readonly string[], notAfterMs: number): Result<InspectedKey, string> {
  const text = parts.join('');
  if (Number.isNaN(notAfterMs)) return refused('a certificate of it ends at no time');
  if (text.length <= textBytesMax) return ok({ text, notAfterMs });
  return refused(`it is ${text.length} bytes long, and ${textBytesMax} are allowed`);
}

function certificateOf(text: string): X509Certificate | undefined {
  try {
    return new crypto.X509Certificate(text);
  } catch {
    return undefined;
  }
}

const block = /-----BEGIN ([A-Z0-9 ]{1,40})-----\s([A-Za-z0-9+/=\s]{1,20000})-----END \1-----/g;

/** The PEM blocks of one kind (RFC 7468), written anew: 64 characters a line. */
function blocks(text: string, kind: RegExp): string[] {
  return [...text.matchAll(block)].flatMap(([, label = '', body = '']) => {
    if (!kind.test(label)) return [];
    const lines = body.replaceAll(/\s/g, '').match(/.{1,64}/g) ?? [];
    return [`-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`];
  });
}
