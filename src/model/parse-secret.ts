import { parseMetadata } from './parse-metadata.ts';
import { fieldsOf, type Raw, textOf } from './raw.ts';

/** A Secret as far as TLS needs it; texts are as their owner wrote them. */
export type Secret = {
  readonly namespace: string;
  readonly name: string;
  /** tls.crt, tls.key and ca.crt; empty where they are absent. */
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
};

/** Of a Secret that is no key at all nothing is kept. */
export function parseSecret(raw: Raw): Secret | undefined {
  const metadata = parseMetadata(raw);
  if (metadata === undefined) return undefined;
  const data = fieldsOf(fieldsOf(raw)['data']);
  const field = (name: string) => decoded(textOf(data[name]));
  const { namespace, name } = metadata;
  return {
    ...{ namespace, name },
    ...{ certificate: field('tls.crt'), key: field('tls.key'), authority: field('ca.crt') },
  };
}

/** base64 of PEM, which is ASCII. */
function decoded(text: string): string {
  try {
    return atob(text);
  } catch {
    return '';
  }
}
