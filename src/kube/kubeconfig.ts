import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
// The package's index would load even more of its generated API, which nobody here calls.
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { ClusterAccess, Credentials, TlsMaterial } from './credentials.ts';

/**
 * A kubeconfig file; without a path what kubectl would use ($KUBECONFIG, ~/.kube/config), or inside
 * a pod the ServiceAccount's token and CA. Throws when a given file cannot be read.
 */
export function loadKubeConfig(path?: string): KubeConfig {
  const config = new KubeConfig();
  if (path === undefined) config.loadFromDefault();
  else config.loadFromFile(path);
  return config;
}

/** What a kubeconfig's current context says. */
export function kubeConfigAccess(config: KubeConfig): ClusterAccess {
  return {
    server: config.getCurrentCluster()?.server,
    read: () => credentialsOf(config),
  };
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value !== undefined) headers[name.toLowerCase()] = String(value);
  }
  // client-node keeps a token file's content for a minute of its own: read it past that.
  const tokenFile = config.getCurrentUser()?.authProvider?.config?.['tokenFile'];
  if (typeof tokenFile === 'string') {
    headers['authorization'] = `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`;
  }
  if (typeof options.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  const tls = tlsMaterial(options);
  return { headers, tls, tlsKey: JSON.stringify(tls) };
}

function tlsMaterial(options: RequestOptions): TlsMaterial {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    ...(ca ? { ca: String(ca) } : {}),
    ...(cert ? { cert: String(cert) } : {}),
    ...(key ? { key: String(key) } : {}),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}
