import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who logs in where: with a token, or with a file that holds one and may be replaced. */
export type Login = {
  /** Becomes part of the file's name. */
  readonly name: string;
  readonly server: string;
  readonly token?: string;
  readonly tokenFile?: string;
};

/** Writes a kubeconfig into the API server's directory, beside its CA, and says where. */
export function writeKubeconfig(directory: string, login: Login): string {
  const file = join(directory, `kubeconfig-${login.name}-${new URL(login.server).port}`);
  const { name, server, token, tokenFile } = login;
  const cluster = { server, 'certificate-authority': join(directory, 'pki/apiserver.crt') };
  // As a pod's own login is kept by the client library: the file is read again and again.
  const fromFile = { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
    clusters: [{ name: 'test', cluster }],
    users: [{ name, user: tokenFile === undefined ? { token } : fromFile }],
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
