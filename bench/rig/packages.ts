import { outcomeOf, run } from '../../test/lab/command.ts';
import type { Say } from '../../test/lab/say.ts';

/** Debian packages that nothing but a bench needs, each with its reason. */
const packages: Readonly<Record<string, string>> = {
  wrk: 'asks over connections that stay, or resumes TLS: a client that costs less than a proxy',
  'apache2-utils': 'its ab makes a full TLS handshake for every request, which wrk does not',
};

/** Installs what is missing, saying what and why. */
export async function installBenchPackages(say: Say): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  for (const name of missing) say(`installing Debian package ${name}: ${packages[name]}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', 'update', '-q'], { env, timeoutSeconds: 300 });
  const install = ['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...missing];
  await run(install, { env, timeoutSeconds: 600 });
}

async function missingPackages(): Promise<string[]> {
  const names = Object.keys(packages);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the format is dpkg-query's own.
  const query = ['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\\n', ...names];
  const { stdout } = await outcomeOf(query);
  const installed = new Set(stdout.split('\n').filter((line) => line.endsWith(' installed')));
  return names.filter((name) => !installed.has(`${name} installed`));
}
