import { readFile } from 'node:fs/promises';
import type { Authority } from '../certificates.ts';
import type { Lab } from '../lab.ts';
import { waitFor } from '../wait-for.ts';
import { grantTls, tlsSecret } from './tls.ts';
import { type Published, published } from './view.ts';

/** The Service of `examples/tls.yaml`: TLS for two names, behind it the replicas of web. */
export const shop = 'shop';

/** A name and the Secret whose certificate is for it; the first one answers everybody else. */
export const shopNames = { 'shop.test': 'shop-tls', 'blog.test': 'blog-tls' } as const;
export type ShopName = keyof typeof shopNames;

const publishedSeconds = 60;

/** Gives a name a new certificate; answers its serial number in openssl's way. */
export async function certify(lab: Lab, authority: Authority, name: ShopName): Promise<void> {
  const metadata = { namespace: 'default', name: shopNames[name] };
  const secret = tlsSecret(metadata, authority.issue([name]));
  await lab.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(secret) });
}

/** Creates Secrets, leave to read them, and the Service; answers once it is published. */
export async function openShop(lab: Lab, authority: Authority): Promise<Published> {
  await grantTls(lab, 'default');
  for (const name of Object.keys(shopNames) as ShopName[]) await certify(lab, authority, name);
  const stdin = await readFile('examples/tls.yaml', 'utf8');
  await lab.kubectl(['apply', '-f', '-'], { stdin });
  return await openedShop(lab);
}

/** Waits until the Service is published. */
export async function openedShop(lab: Lab): Promise<Published> {
  let service: Published | undefined;
  const what = 'Service shop to be published';
  await waitFor({ what, boundSeconds: publishedSeconds, everyMs: 50 }, async () => {
    service = await published(lab, shop);
    return service.addresses.length > 0 || 'no address';
  });
  if (service === undefined) throw new Error(what);
  return service;
}
