import { randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiServer } from './server.ts';

/** The API server takes a token this long after its expiry: clocks differ. */
const leewaySeconds = 60;

/**
 * A ServiceAccount's token that is taken for some seconds more, signed as the API server signs its
 * own: TokenRequest gives none for less than ten minutes.
 */
export async function shortToken(
  api: ApiServer,
  account: string,
  lifetimeSeconds: number,
): Promise<string> {
  const [, , namespace = '', name = ''] = account.split(':');
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`;
  const { metadata } = (await api.call('GET', path)).body as { metadata: { uid: string } };
  const now = Math.floor(Date.now() / 1000);
  const issuer = 'https://kubernetes.default.svc';
  const claims = {
    ...{ iss: issuer, aud: [issuer], sub: account, jti: randomUUID() },
    ...{ iat: now - leewaySeconds, nbf: now - leewaySeconds },
    exp: now + lifetimeSeconds - leewaySeconds,
    'kubernetes.io': { namespace, serviceaccount: { name, uid: metadata.uid } },
  };
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims].map(base64url).join('.');
  const key = readFileSync(join(api.directory, 'sa.key'));
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`;
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
