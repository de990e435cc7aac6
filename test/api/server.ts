/**
 * A real kube-apiserver and etcd, alone on 127.0.0.1: no controllers, no nodes, no kubelets.
 * What controllers would write (EndpointSlices, Nodes), the test writes.
 *
 *   const api = await startApiServer({ users: { agent: { name: 'system:serviceaccount:a:b' } } });
 *   ... new KubeConfig().loadFromFile(api.kubeconfig('agent')) ...
 *   await api.stop();
 */
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { type ApiBinaries, apiBinaries } from './api-binaries.ts';
import { auditFlags } from './audit.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import {
  freePort,
  killDaemon,
  lastLines,
  ownDirectory,
  removeDirectory,
  startDaemon,
} from './process-tree.ts';
import { waitUntil } from './wait-until.ts';

/** One more user of the API: its token is `<key>-token`. Without groups it may do nothing. */
export type ApiUser = { readonly name: string; readonly groups?: readonly string[] };

export type ApiServerOptions = {
  /** Users beside `admin` (system:masters) and `nobody` (no groups), by role. */
  readonly users?: Readonly<Record<string, ApiUser>>;
  /** More kube-apiserver flags, e.g. `--watch-cache=false`. */
  readonly flags?: readonly string[];
  /** Users whose calls go to the audit log (audit.ts). */
  readonly audited?: readonly string[];
};

export type ApiServer = {
  readonly url: string;
  readonly port: number;
  /** For files of the tests; removed with the server. */
  readonly directory: string;
  /** PEM of the certificate authority. */
  readonly ca: string;
  /** The server's own certificate and key: a proxy in front of it serves with the same. */
  readonly tls: { readonly cert: string; readonly key: string };
  readonly binaries: ApiBinaries;
  token(role?: string): string;
  /** Path of a kubeconfig with that role's token; `server` replaces the address (a proxy's). */
  kubeconfig(role?: string, server?: string): string;
  /** A call as a user would type it; resolves with status and parsed body, never throws on 4xx. */
  call(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  /** Kills the API server (etcd lives on). */
  kill(): Promise<void>;
  /** Starts it again on the same port, with the same data; resolves when it is ready. */
  restart(): Promise<void>;
  /** Makes etcd forget every version before the present one. */
  compact(): Promise<void>;
  stop(): Promise<void>;
};

export type ApiAnswer = { readonly status: number; readonly body: Record<string, unknown> };

type Parts = {
  readonly binaries: ApiBinaries;
  readonly directory: string;
  readonly etcdPort: number;
  readonly peerPort: number;
  readonly port: number;
  readonly flags: readonly string[];
  readonly users: Readonly<Record<string, ApiUser>>;
};

/** From spawn to `/readyz`: about 3 s alone, more when two cores are shared with a build. */
const readyMsMax = 90_000;
const startAttemptsMax = 3;

/** Starts etcd and kube-apiserver; both die with this process. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      // A port can be taken between choosing and binding it; anything else fails again.
      if (attempt === startAttemptsMax) throw error;
    }
  }
}

async function startOnce(options: ApiServerOptions): Promise<ApiServer> {
  const parts = await prepare(options);
  const etcd = startDaemon(etcdCommand(parts), join(parts.directory, 'etcd.log'));
  let server = startServer(parts);
  try {
    await serverReady(parts, server);
  } catch (error) {
    await Promise.all([killDaemon(server), killDaemon(etcd)]);
    throw error;
  }
  const ca = readFileSync(join(parts.directory, 'pki/apiserver.crt'), 'utf8');
  const url = `https://127.0.0.1:${parts.port}`;
  const dispatcher = new Agent({ connect: { ca } });
  return {
    url,
    port: parts.port,
    directory: parts.directory,
    ca,
    tls: { cert: ca, key: readFileSync(join(parts.directory, 'pki/apiserver.key'), 'utf8') },
    binaries: parts.binaries,
    token: (role = 'admin') => tokenOf(parts, role),
    kubeconfig: (role = 'admin', to = url) =>
      writeKubeconfig(parts.directory, { name: role, server: to, token: tokenOf(parts, role) }),
    call: (method, path, body) =>
      call({ url: `${url}${path}`, method, body, token: tokenOf(parts, 'admin'), dispatcher }),
    kill: () => killDaemon(server),
    restart: async () => {
      await killDaemon(server);
      server = startServer(parts);
      await serverReady(parts, server);
    },
    compact: () => compact(parts.etcdPort),
    stop: async () => {
      await dispatcher.destroy();
      await Promise.all([killDaemon(server), killDaemon(etcd)]);
      removeDirectory(parts.directory);
    },
  };
}

async function prepare(options: ApiServerOptions): Promise<Parts> {
  const users = {
    admin: { name: 'admin', groups: ['system:masters'] },
    nobody: { name: 'nobody' },
    ...options.users,
  };
  const directory = ownDirectory();
  mkdirSync(join(directory, 'pki'));
  writeFileSync(join(directory, 'tokens.csv'), tokensFile(users));
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  writeFileSync(join(directory, 'sa.pub'), keys.publicKey);
  writeFileSync(join(directory, 'sa.key'), keys.privateKey, { mode: 0o600 });
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const binaries = await apiBinaries();
  const audit = options.audited === undefined ? [] : auditFlags(directory, options.audited);
  const flags = [...(options.flags ?? []), ...audit];
  return { binaries, directory, etcdPort, peerPort, port, users, flags };
}

function tokensFile(users: Readonly<Record<string, ApiUser>>): string {
  return Object.entries(users)
    .map(([role, user]) => `${role}-token,${user.name},${role},"${user.groups?.join(',') ?? ''}"\n`)
    .join('');
}

function etcdCommand(parts: Parts): string[] {
  const client = `http://127.0.0.1:${parts.etcdPort}`;
  return [
    parts.binaries.etcd,
    ...['--data-dir', join(parts.directory, 'etcd'), '--unsafe-no-fsync'],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', `http://127.0.0.1:${parts.peerPort}`],
  ];
}

function startServer(parts: Parts): ChildProcess {
  const { directory } = parts;
  const command = [
    parts.binaries.apiserver,
    `--etcd-servers=http://127.0.0.1:${parts.etcdPort}`,
    // Tests compact by hand; the default every five minutes would do it by surprise.
    '--etcd-compaction-interval=0',
    `--cert-dir=${directory}/pki`,
    '--bind-address=127.0.0.1',
    `--secure-port=${parts.port}`,
    '--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112',
    '--authorization-mode=RBAC',
    `--token-auth-file=${directory}/tokens.csv`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${directory}/sa.pub`,
    `--service-account-signing-key-file=${directory}/sa.key`,
    '--disable-admission-plugins=ServiceAccount',
    '--advertise-address=10.255.255.1',
    '--endpoint-reconciler-type=none',
    ...parts.flags,
  ];
  return startDaemon(command, join(directory, 'apiserver.log'));
}

async function serverReady(parts: Parts, server: ChildProcess): Promise<void> {
  // The certificate does not exist yet at the first look, so this one call does not check it.
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  const url = `https://127.0.0.1:${parts.port}`;
  const token = tokenOf(parts, 'admin');
  const answers = async (path: string): Promise<boolean> => {
    const ended = server.exitCode ?? server.signalCode;
    if (ended !== null) throw new Error(`kube-apiserver ended: ${ended}`);
    const options = { url: `${url}${path}`, method: 'GET', token, dispatcher };
    return (await call(options).catch(() => undefined))?.status === 200;
  };
  try {
    await waitUntil('kube-apiserver is ready', () => answers('/readyz'), readyMsMax);
    const namespace = '/api/v1/namespaces/default';
    await waitUntil('the namespace default exists', () => answers(namespace), readyMsMax);
  } catch (error) {
    const log = lastLines(join(parts.directory, 'apiserver.log'));
    throw new Error(`${error instanceof Error ? error.message : error}\n${log}`, { cause: error });
  } finally {
    await dispatcher.destroy();
  }
}

function tokenOf(parts: Parts, role: string): string {
  if (!(role in parts.users)) throw new Error(`no user '${role}': name it in options.users`);
  return `${role}-token`;
}

async function compact(etcdPort: number): Promise<void> {
  const url = `http://127.0.0.1:${etcdPort}/v3`;
  const dispatcher = new Agent();
  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> =>
    (await call({ url: `${url}${path}`, method: 'POST', body, dispatcher })).body;
  const range = await post('/kv/range', { key: Buffer.from('/').toString('base64') });
  const revision = (range['header'] as { revision: string }).revision;
  await post('/kv/compaction', { revision, physical: true });
  await dispatcher.destroy();
}

type Call = {
  readonly url: string;
  readonly method: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly dispatcher: Agent;
};

async function call(options: Call): Promise<ApiAnswer> {
  const { url, method, dispatcher, body } = options;
  const answer = await request(url, {
    method: method as 'GET',
    dispatcher,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  return { status: answer.statusCode, body: text.startsWith('{') ? JSON.parse(text) : { text } };
}
