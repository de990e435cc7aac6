import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle, bundleFiles, placeNode } from '../../tools/bundle.ts';
import { binaries } from './binaries.ts';
import { buildah, debianBase } from './buildah.ts';
import { type OneProgramImage, writeDockerArchive } from './docker-archive.ts';
import { cacheFolder, markUsed, projectFolder } from './files.ts';
import { fairleadImage, sandboxImage, webImage } from './image-names.ts';
import { LabError, messageOf } from './lab-error.ts';
import { withLock } from './lock.ts';
import { packageMonth } from './package-month.ts';
import { type Say, sayOnStderr } from './say.ts';

/** An image as a docker-archive; the key changes with its content. */
export type ImageArchive = { readonly key: string; readonly file: string };

/**
 * The archives of every image a lab needs: Fairlead's, built from the project's Dockerfile with a
 * fresh bundle, the web server and the sandbox. What has not changed comes from the cache.
 */
export async function imageArchives(say: Say = sayOnStderr): Promise<ImageArchive[]> {
  await mkdir(imagesFolder(), { recursive: true });
  return await withLock(join(cacheFolder(), 'images.lock'), say, async () => {
    const { agnhost, pause } = await binaries(['agnhost', 'pause'], say);
    const web = { image: webImage, program: agnhost, entrypoint: [] };
    const sandbox = { image: sandboxImage, program: pause, entrypoint: [] };
    const archives = [await oneProgram(web), await oneProgram(sandbox), await fairlead(say)];
    for (const { file } of archives) await markUsed(file);
    await prune(archives);
    return archives;
  });
}

function imagesFolder(): string {
  return join(cacheFolder(), 'images');
}

async function oneProgram(from: OneProgramImage): Promise<ImageArchive> {
  // Size and time stand for the content: hashing 64 MB at every start would cost more than building
  // anew.
  const { size, mtimeMs } = await stat(from.program);
  const key = keyOf([from.image, `${size}`, `${mtimeMs}`]);
  const file = join(imagesFolder(), `${key}.tar`);
  if (!existsSync(file)) await writeDockerArchive(file, from);
  return { key, file };
}

async function fairlead(say: Say): Promise<ImageArchive> {
  await bundleOrStub(say);
  await placeNode();
  const key = await fairleadKey();
  const file = join(imagesFolder(), `${key}.tar`);
  if (existsSync(file)) return { key, file };
  say('building the image from the Dockerfile (the first time about 20 s, then a few)');
  const base = await debianBase(say);
  const flags = ['--layers', '--isolation', 'chroot', '--build-arg', `BASE=${base}`];
  await buildah(['bud', '--quiet', ...flags, '--tag', fairleadImage, projectFolder]);
  const beside = join(imagesFolder(), `.${key}.${process.pid}.tar`);
  await rm(beside, { force: true });
  await buildah(['push', '--quiet', fairleadImage, `docker-archive:${beside}:${fairleadImage}`]);
  await rename(beside, file);
  await buildah(['rmi', '--prune']);
  return { key, file };
}

async function bundleOrStub(say: Say): Promise<void> {
  try {
    await bundle();
  } catch (cause) {
    if (process.env['FAIRLEAD_LAB_STUB'] !== '1') throw bundleFailed(cause);
    // For work on the daemons alone, while the sources are between two states.
    say(`FAIRLEAD_LAB_STUB=1: \`fairlead\` in the image is a stub: ${messageOf(cause)}`);
    const text = "console.error('fairlead: the sources did not bundle'); process.exit(1);\n";
    await mkdir(bundleFiles.parts, { recursive: true });
    await writeFile(bundleFiles.bundle, text);
    await writeFile(`${bundleFiles.bundle}.map`, '{}\n');
  }
}

function bundleFailed(cause: unknown): LabError {
  const text = `${messageOf(cause)}\nFAIRLEAD_LAB_STUB=1 builds the image without fairlead itself`;
  return new LabError('LAB_BUILD_FAILED', text, { cause });
}

async function fairleadKey(): Promise<string> {
  const top = ['Dockerfile', '.dockerignore'].map((name) => join(projectFolder, name));
  const scripts = await filesBelow(join(projectFolder, 'image'));
  const parts = await filesBelow(bundleFiles.parts);
  const files = [...top, bundleFiles.bundle, ...parts, ...scripts];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const modes = await Promise.all(scripts.map(async (file) => `${(await stat(file)).mode}`));
  const node = `${(await stat(bundleFiles.node)).size}`;
  return keyOf([fairleadImage, packageMonth(new Date()), node, ...files, ...modes, ...texts]);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
}

function keyOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Archives kept beside those in use: 340 MB each. */
const archivesKept = 4;

async function prune(inUse: readonly ImageArchive[]): Promise<void> {
  const used = new Set(inUse.map((archive) => archive.file));
  const files = (await readdir(imagesFolder())).map((name) => join(imagesFolder(), name));
  const isWhole = (file: string) => /\/[0-9a-f]{16}\.tar$/.test(file);
  // The lock is ours: what is half done was left by a killed run.
  for (const file of files) if (!isWhole(file)) await rm(file, { force: true, recursive: true });
  const spare = files.filter((file) => isWhole(file) && !used.has(file));
  const dated = await Promise.all(
    spare.map(async (file) => ({ file, at: (await stat(file)).mtimeMs })),
  );
  const old = dated.toSorted((a, b) => b.at - a.at).slice(archivesKept);
  for (const { file } of old) await rm(file, { force: true, recursive: true });
}
