/** Debian's own servers, each on 10.99.0.1 with its data in a folder of the rig. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rig } from './rig.ts';

/** Nobody: PostgreSQL refuses to run as root. */
const nobody = 65_534;
const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];

const programs = {
  redis: '/usr/bin/redis-check-rdb',
  mysql: '/usr/sbin/mariadbd',
  smtp: '/usr/bin/aiosmtpd',
};
const postgresql = globSync('/usr/lib/postgresql/*/bin').toSorted().at(-1) ?? '/usr/lib/postgresql';

/** Which of them are not installed; undefined when all are. */
export function missingServers(): string | undefined {
  const all = [...Object.values(programs), join(postgresql, 'postgres')];
  const gone = all.filter((file) => !existsSync(file));
  return gone.length === 0 ? undefined : `not installed (test/lab/packages.ts): ${gone.join(', ')}`;
}

/** Redis; its server is the program that its tools call redis-check-rdb, by another name. */
export function startRedis(rig: Rig, port: number): ChildProcess {
  const as = `exec -a redis-server ${programs.redis} "$@"`;
  const words = ['--bind', '10.99.0.1', '--port', String(port), '--save', ''];
  const open = ['--protected-mode', 'no', '--dir', dataFolder(rig, 'redis')];
  return rig.start(rig.client, 'bash', '-c', as, 'redis', ...words, ...open);
}

/** Has Redis ask for a password, or no longer. */
export function redisPassword(rig: Rig, port: number, password: string): void {
  const set = ['CONFIG', 'SET', 'requirepass', password];
  const old = password === '' ? ['--no-auth-warning', '-a', 'secret'] : [];
  rig.run(rig.client, 'redis-cli', '-h', '10.99.0.1', '-p', String(port), ...old, ...set);
}

/** MariaDB with the users that a test creates; `file` is read when it starts. */
export function startMysql(rig: Rig, port: number): ChildProcess {
  const folder = dataFolder(rig, 'mysql');
  const data = ['--no-defaults', '--user=root', `--datadir=${folder}`];
  if (!existsSync(join(folder, 'mysql'))) bootstrap(data);
  const listening = [`--port=${port}`, '--bind-address=10.99.0.1'];
  const socket = [`--socket=${folder}/sock`, `--init-file=${folder}.sql`, '--skip-name-resolve'];
  return rig.start(rig.client, programs.mysql, ...data, ...listening, ...socket);
}

/** What MariaDB does first the next time it starts. */
export function mysqlStartsWith(rig: Rig, sql: string): void {
  writeFileSync(`${dataFolder(rig, 'mysql')}.sql`, sql);
}

function bootstrap(data: readonly string[]): void {
  const sql = ['system_tables', 'performance_tables', 'system_tables_data'].flatMap((name) =>
    globSync(`/usr/share/m{ysql,ariadb}/m{ysql,ariadb}_${name}.sql`).slice(0, 1),
  );
  const input = spawnSync('cat', sql, { encoding: 'utf8' }).stdout;
  const words = [...data, '--bootstrap', '--skip-grant-tables'];
  const done = spawnSync(programs.mysql, words, {
    input: `CREATE DATABASE mysql;\nUSE mysql;\n${input}`,
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`MariaDB makes no database: ${done.stderr}`);
}

/** PostgreSQL, which lets in whom `access` (a line of pg_hba.conf) says. */
export function startPostgresql(rig: Rig, port: number, access: string): ChildProcess {
  const folder = dataFolder(rig, 'postgresql');
  if (!existsSync(join(folder, 'PG_VERSION'))) {
    const init = [join(postgresql, 'initdb'), '-D', folder, '-A', 'trust', '-N', '--no-locale'];
    const done = spawnSync(asNobody[0] ?? '', [...asNobody.slice(1), ...init], {
      encoding: 'utf8',
    });
    if (done.status !== 0) throw new Error(`PostgreSQL makes no database: ${done.stderr}`);
  }
  writeFileSync(join(folder, 'pg_hba.conf'), `${access}\n`);
  const listening = ['-p', String(port), '-c', 'listen_addresses=10.99.0.1', '-k', folder];
  const program = [join(postgresql, 'postgres'), '-D', folder, ...listening];
  return rig.start(rig.client, ...asNobody, ...program);
}

/** An SMTP server that throws away what it takes. */
export function startSmtp(rig: Rig, port: number): ChildProcess {
  const program = ['/usr/bin/python3', programs.smtp, '-n', '-l', `10.99.0.1:${port}`];
  return rig.start(rig.client, ...program, '-c', 'aiosmtpd.handlers.Sink');
}

function dataFolder(rig: Rig, name: string): string {
  chmodSync(rig.directory, 0o755);
  const folder = join(rig.directory, name);
  if (!existsSync(folder)) {
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, nobody, nobody);
  }
  return folder;
}
