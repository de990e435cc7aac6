import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { outcomeOf, run } from './command.ts';
import { cacheFolder, intoPlace, markUsed } from './files.ts';
import { LabError, messageOf } from './lab-error.ts';
import { withLock } from './lock.ts';
import { type Say, sayOnStderr } from './say.ts';

/**
 * The path of a promtool: given in `FAIRLEAD_LAB_BIN`, on PATH, from the cache, else out of
 * Debian's package prometheus. Only taken out of it: installed, the package would start a server
 * and bring an exporter with it. Throws LAB_NEEDS_DEBIAN.
 */
export async function promtool(say: Say = sayOnStderr): Promise<string> {
  const given = [
    process.env['FAIRLEAD_LAB_BIN'] ?? '',
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const there = given.filter(Boolean).map((folder) => join(folder, 'promtool'));
  const found = there.find((path) => existsSync(path));
  if (found !== undefined) return found;
  const cache = join(cacheFolder(), `bin-promtool-${await cacheKey()}`);
  await withLock(join(cacheFolder(), 'bin.lock'), say, async () => {
    if (!existsSync(cache)) await intoPlace(cache, (folder) => takeOut(folder, say));
    await markUsed(cache);
  });
  return join(cache, 'promtool');
}

/** Changes with the machine's release: the program is linked with its C library. */
async function cacheKey(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return createHash('sha256').update(`${release} ${process.arch}`).digest('hex').slice(0, 16);
}

async function takeOut(into: string, say: Say): Promise<void> {
  say('taking promtool out of the Debian package prometheus: checks the alerts in monitoring/');
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-promtool-'));
  try {
    await download(folder);
    const [deb = ''] = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
    await run(['dpkg-deb', '--extract', join(folder, deb), join(folder, 'all')]);
    await copyFile(join(folder, 'all/usr/bin/promtool'), join(into, 'promtool'));
  } catch (cause) {
    const text = `promtool comes from Debian's package prometheus: ${messageOf(cause)}`;
    throw new LabError('LAB_NEEDS_DEBIAN', text, { cause });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The lists of a fresh machine are empty or old; to bring them up to date takes root. */
async function download(folder: string): Promise<void> {
  const get = ['apt-get', 'download', '-q', 'prometheus'];
  const { status } = await outcomeOf(get, { cwd: folder, timeoutSeconds: 300 });
  if (status === 0) return;
  await run(['apt-get', 'update', '-q'], { timeoutSeconds: 300 });
  await run(get, { cwd: folder, timeoutSeconds: 300 });
}
