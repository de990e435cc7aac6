/**
 * Makes what the tests behind `check` need, so that no test's bound has to hold a first build:
 * packages, binaries, images. The image's root folder is unpacked for the data-plane tests.
 *
 *   node test/run/prepare.ts FOLDER      FOLDER/image becomes the root
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { binaries } from '../lab/binaries.ts';
import { run } from '../lab/command.ts';
import { fairleadImage } from '../lab/image-names.ts';
import { imageArchives } from '../lab/images.ts';
import { checkedServers, installPackages } from '../lab/packages.ts';
import { type PartName, parts } from '../lab/parts.ts';
import { promtool } from '../lab/promtool.ts';
import { sayOnStderr } from '../lab/say.ts';

async function prepare(folder: string): Promise<void> {
  await installPackages(sayOnStderr);
  await installPackages(sayOnStderr, checkedServers);
  await binaries(Object.keys(parts) as PartName[]);
  await promtool();
  for (const { file } of await imageArchives()) {
    if (await isFairlead(file)) await unpack(file, folder);
  }
}

/** What a docker-archive says about its one image. */
type Manifest = { readonly RepoTags: readonly string[]; readonly Layers: readonly string[] };

async function isFairlead(archive: string): Promise<boolean> {
  const text = await run(['tar', '-xOf', archive, 'manifest.json']);
  return (JSON.parse(text) as Manifest[]).some((one) => one.RepoTags.includes(fairleadImage));
}

/** Layers in order, each over the one before; the Dockerfile deletes nothing across layers. */
async function unpack(archive: string, folder: string): Promise<void> {
  const root = join(folder, 'image');
  await mkdir(root, { recursive: true });
  await run(['tar', '-C', folder, '-xf', archive]);
  const [manifest] = JSON.parse(
    await readFile(join(folder, 'manifest.json'), 'utf8'),
  ) as Manifest[];
  for (const layer of manifest?.Layers ?? []) {
    await run(['tar', '-C', root, '-xf', join(folder, layer)], { timeoutSeconds: 120 });
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node test/run/prepare.ts FOLDER');
await prepare(folder);
