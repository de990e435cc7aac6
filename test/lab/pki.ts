import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  apiClusterIp,
  apiServerUrl,
  controlPlane,
  nodeIndexes,
  nodeMachine,
  nodeName,
} from './addresses.ts';
import { run } from './command.ts';

/**
 * Makes the CA, every certificate and every kubeconfig of a lab in `folder` (EC P-256, valid for 30
 * days). The names in the subjects are the ones Kubernetes' built-in RBAC knows, so that no
 * manifest is needed.
 */
export async function makePki(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await makeAuthority(folder);
  const nodes = nodeIndexes.map((index) => nodeCertificate(index));
  const all = [...certificates, ...nodes];
  await Promise.all([makeServiceAccountKey(folder), ...all.map((each) => make(folder, each))]);
  for (const { name, client } of all) {
    if (client) await writeKubeconfig(folder, { name, server: apiServerUrl });
  }
}

/**
 * Writes `<folder>/<name>.conf` for the certificate of that name, or for another server into `as`.
 */
export async function writeKubeconfig(
  folder: string,
  { name, server, as }: { readonly name: string; readonly server: string; readonly as?: string },
): Promise<string> {
  const file = join(folder, `${as ?? name}.conf`);
  const cluster = { server, 'certificate-authority': join(folder, 'ca.crt') };
  const user = {
    'client-certificate': join(folder, `${name}.crt`),
    'client-key': join(folder, `${name}.key`),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster }],
    users: [{ name: 'lab', user }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
    'current-context': 'lab',
  };
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return file;
}

type Certificate = {
  readonly name: string;
  readonly subject: string;
  readonly alternatives?: readonly string[];
  /** Whether a component logs in with it, and needs a kubeconfig. */
  readonly client: boolean;
};

const certificates: readonly Certificate[] = [
  {
    name: 'apiserver',
    subject: '/CN=kube-apiserver',
    client: false,
    alternatives: [
      'DNS:kubernetes',
      'DNS:kubernetes.default',
      'DNS:kubernetes.default.svc',
      'DNS:kubernetes.default.svc.cluster.local',
      'DNS:localhost',
      `IP:${apiClusterIp}`,
      'IP:fd00:10:96::1',
      `IP:${controlPlane.ipv4}`,
      `IP:${controlPlane.ipv6}`,
      'IP:127.0.0.1',
    ],
  },
  { name: 'admin', subject: '/O=system:masters/CN=admin', client: true },
  { name: 'kcm', subject: '/CN=system:kube-controller-manager', client: true },
  { name: 'scheduler', subject: '/CN=system:kube-scheduler', client: true },
  { name: 'proxy', subject: '/CN=system:kube-proxy', client: true },
  {
    name: 'kubelet-client',
    subject: '/O=system:masters/CN=apiserver-kubelet-client',
    client: false,
  },
  { name: 'front-proxy', subject: '/CN=front-proxy', client: false },
];

function nodeCertificate(index: number): Certificate {
  const name = nodeName(index);
  const { ipv4, ipv6 } = nodeMachine(index);
  return {
    name,
    subject: `/O=system:nodes/CN=system:node:${name}`,
    alternatives: [`DNS:${name}`, `IP:${ipv4}`, `IP:${ipv6}`],
    client: true,
  };
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

async function makeAuthority(folder: string): Promise<void> {
  const files = ['-keyout', join(folder, 'ca.key'), '-out', join(folder, 'ca.crt')];
  const subject = ['-subj', '/CN=fairlead-lab', '-days', '30'];
  await run(['openssl', 'req', '-x509', ...newKey, ...subject, ...files]);
}

async function make(folder: string, certificate: Certificate): Promise<void> {
  const { name, subject, alternatives = [] } = certificate;
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=digitalSignature',
    'extendedKeyUsage=clientAuth,serverAuth',
    ...(alternatives.length === 0 ? [] : [`subjectAltName=${alternatives.join(',')}`]),
  ];
  await run([
    ...['openssl', 'req', '-x509', ...newKey, '-subj', subject, '-days', '30'],
    ...['-CA', join(folder, 'ca.crt'), '-CAkey', join(folder, 'ca.key')],
    ...extensions.flatMap((extension) => ['-addext', extension]),
    ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)],
  ]);
}

async function makeServiceAccountKey(folder: string): Promise<void> {
  const key = join(folder, 'sa.key');
  const rsa = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
  await run(['openssl', 'genpkey', ...rsa, '-out', key]);
  await run(['openssl', 'pkey', '-in', key, '-pubout', '-out', join(folder, 'sa.pub')]);
}
