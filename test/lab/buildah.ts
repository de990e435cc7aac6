import { existsSync } from 'node:fs';
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandOptions, run } from './command.ts';
import { cacheFolder, markUsed } from './files.ts';
import { packageMonth } from './package-month.ts';
import type { Say } from './say.ts';

/** Runs buildah with storage of the lab's own; `--isolation chroot` needs no container runtime. */
export async function buildah(
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const storage = join(cacheFolder(), 'buildah');
  const folders = ['--root', join(storage, 'root'), '--runroot', join(storage, 'run')];
  return await run(['buildah', ...folders, ...argv], { timeoutSeconds: 900, ...options });
}

/**
 * The name of the Debian base image, made from Debian's own packages the first time in a month:
 * security updates come in, and a build in an air-gapped week does not fail.
 */
export async function debianBase(say: Say): Promise<string> {
  const name = `debian-${suite}-${packageMonth(new Date())}.tar`;
  const image = baseImageOf(name);
  const archive = join(cacheFolder(), name);
  await markUsed(archive);
  if (await hasImage(image)) return image;
  if (!existsSync(archive)) await makeBase(archive, say);
  await importBase(image, archive);
  return image;
}

const suite = 'trixie';

/** The archives of base images in the cache, one a month. */
export const baseArchivePattern = /^debian-[a-z]+-\d{4}-\d{2}\.tar$/;

/** The image that an archive was imported as. */
export function baseImageOf(archive: string): string {
  return `localhost/fairlead-${archive.replace('-', ':').replace(/\.tar$/, '')}`;
}

async function makeBase(archive: string, say: Say): Promise<void> {
  say(`making the Debian ${suite} base image from Debian packages, about 20 s`);
  // One name for the unfinished one: whoever makes it holds the lock, and overwrites what a killed
  // run left.
  const unfinished = join(cacheFolder(), 'debian-unfinished.tar');
  await rm(unfinished, { force: true });
  // Without a mirror mmdebstrap adds the updates and the security suite by itself.
  const argv = ['mmdebstrap', '--quiet', '--variant=minbase', '--include=ca-certificates'];
  await run([...argv, suite, unfinished], { timeoutSeconds: 900 });
  await rename(unfinished, archive);
}

async function importBase(image: string, archive: string): Promise<void> {
  const folder = join(cacheFolder(), 'base-context');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await link(archive, join(folder, 'base.tar'));
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nADD base.tar /\n');
  await buildah(['bud', '--quiet', '--isolation', 'chroot', '--tag', image, folder]);
  await rm(folder, { recursive: true, force: true });
}

async function hasImage(image: string): Promise<boolean> {
  return await buildah(['inspect', '--type', 'image', '--format', '{{.FromImageID}}', image]).then(
    () => true,
    () => false,
  );
}
