import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { outcomeOf, run } from './command.ts';
import { LabError } from './lab-error.ts';
import type { Say } from './say.ts';

/** Debian packages, each with its reason. */
export type Packages = Readonly<Record<string, string>>;

/** What a lab needs. */
const labPackages: Packages = {
  runc: 'runs the containers; Debian bookworm’s works with containerd 2.3',
  'containernetworking-plugins': 'the bridge CNI plugins in /usr/lib/cni',
  nftables: 'kube-proxy in nftables mode; rulesets in `collect`',
  iptables: 'the portmap CNI plugin',
  iproute2: 'network namespaces, bridge and veth pairs',
  conntrack: 'kube-proxy flushes flows of dead endpoints',
  mmdebstrap: 'makes the Debian base image from Debian’s own packages',
  buildah: 'builds the project’s Dockerfile without a daemon',
  openssl: 'signs the cluster’s certificates',
  curl: 'the client of the stories',
  'bind9-dnsutils': 'dig, the client of the guide to UDP',
  procps: 'ps and sysctl, for `collect` and for people',
  socat: 'asks HAProxy’s socket and takes a port in the data-plane tests',
  'python3-minimal': 'sends a stranger’s VRRP packets in the data-plane tests',
  'util-linux': 'nsenter, unshare, flock',
  'ca-certificates': 'TLS to the package mirrors and the Go module proxy',
};

/**
 * Servers that tests check the health of or talk to, and their clients; the tests start them
 * themselves. None of these packages leaves a service behind, two of them only by what is done
 * below.
 */
export const checkedServers: Packages = {
  'redis-tools': 'has Redis’ own server as well, under another name: a Redis check is tried on it',
  'mariadb-server-core': 'a MySQL check is tried on it',
  'mariadb-client-core': 'the client of a Service of MySQL',
  postgresql: 'a PostgreSQL check is tried on it',
  'python3-aiosmtpd': 'an SMTP check is tried on it',
  'ngtcp2-server': 'pods that speak HTTP/3',
  'ngtcp2-client': 'their client; curl of Debian bookworm speaks no HTTP/3',
};

/** Installs what is missing, saying what and why. Throws LAB_NEEDS_ROOT or LAB_NEEDS_DEBIAN. */
export async function installPackages(say: Say, packages: Packages = labPackages): Promise<void> {
  refuseWithoutRoot();
  const missing = await missingOf(Object.keys(packages));
  if (missing.length === 0) return;
  for (const name of missing) say(`installing Debian package ${name}: ${packages[name]}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', 'update', '-q'], { env, timeoutSeconds: 300 });
  const install = ['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...missing];
  await withoutServices(() => run(install, { env, timeoutSeconds: 900 }));
}

/**
 * PostgreSQL makes and starts a first database when it is installed, unless a file says no; the
 * server of ngtcp2 becomes a service that starts with the machine, unless it is masked then.
 */
async function withoutServices(install: () => Promise<unknown>): Promise<void> {
  const folder = '/etc/postgresql-common/createcluster.d';
  const file = join(folder, 'fairlead-tests.conf');
  const mask = '/etc/systemd/system/ngtcp2d.service';
  await mkdir(folder, { recursive: true });
  await mkdir(dirname(mask), { recursive: true });
  await writeFile(file, 'create_main_cluster = false\n');
  // Whoever has said something there already is asked nothing.
  const isOurs = await symlink('/dev/null', mask).then(
    () => true,
    () => false,
  );
  try {
    await install();
  } finally {
    await rm(file);
    if (isOurs) await rm(mask);
  }
}

/** A lab makes network namespaces and mounts; there is no use in starting without root. */
export function refuseWithoutRoot(): void {
  if (process.getuid?.() === 0) return;
  const text = 'the lab makes network namespaces, mounts and cgroups: run it as root (sudo)';
  throw new LabError('LAB_NEEDS_ROOT', text);
}

async function missingOf(names: readonly string[]): Promise<string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the format is dpkg-query's own.
  const query = ['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\\n', ...names];
  const { stdout } = await outcomeOf(query).catch((cause: unknown) => {
    const text = `the lab installs Debian packages (${names.join(', ')}): run it on Debian or Ubuntu`;
    throw new LabError('LAB_NEEDS_DEBIAN', text, { cause });
  });
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}
