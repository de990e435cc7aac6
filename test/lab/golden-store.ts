import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { outcomeOf, run } from './command.ts';
import { cacheFolder, intoPlace, markUsed } from './files.ts';
import { sandboxImage } from './image-names.ts';
import type { ImageArchive } from './images.ts';
import { withLock } from './lock.ts';
import { type Say, sayOnStderr } from './say.ts';
import { waitFor } from './wait-for.ts';

/**
 * One containerd store that holds every image, imported once; each node gets hard links to it. That
 * is 0.4 s and 3 MB a node instead of 6 s and 470 MB (cluster-lab.md §7). Overlay lower layers and
 * content are never written, only the databases are, and those are copied.
 */
export async function goldenStore(
  archives: readonly ImageArchive[],
  found: Binaries<'containerd' | 'ctr'>,
  say: Say = sayOnStderr,
): Promise<string> {
  const store = join(storesFolder(), keyOf(archives, found));
  return await withLock(join(cacheFolder(), 'stores.lock'), say, async () => {
    if (!existsSync(store)) await makeStore(store, archives, found);
    await markUsed(store);
    await prune();
    return store;
  });
}

/** Fills a node's containerd folder from the store, once. */
export async function copyStore(store: string, target: string): Promise<void> {
  if (existsSync(join(target, 'io.containerd.metadata.v1.bolt'))) return;
  await mkdir(dirname(target), { recursive: true });
  await rm(target, { recursive: true, force: true });
  await linkTree(store, target);
}

function storesFolder(): string {
  return join(cacheFolder(), 'stores');
}

function keyOf(archives: readonly ImageArchive[], found: Binaries<'containerd' | 'ctr'>): string {
  const keys = archives.map((archive) => archive.key).toSorted();
  const text = JSON.stringify([keys, found.containerd]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

async function makeStore(
  store: string,
  archives: readonly ImageArchive[],
  found: Binaries<'containerd' | 'ctr'>,
): Promise<void> {
  await mkdir(storesFolder(), { recursive: true });
  const seed = (await storesByAge()).at(0);
  await intoPlace(store, async (folder) => {
    // A new bundle shares all other layers with the store before it: they need not be unpacked
    // again.
    if (seed !== undefined) {
      await rm(folder, { recursive: true });
      await linkTree(seed, folder);
    }
    await importAll(folder, archives, found);
  });
}

async function linkTree(from: string, to: string): Promise<void> {
  const linked = await outcomeOf(['cp', '-al', from, to]);
  if (linked.status !== 0) {
    // Another file system (a tmpfs /tmp): a real copy costs seconds and disk, and works.
    await run(['rm', '-rf', to]);
    await run(['cp', '-a', from, to], { timeoutSeconds: 300 });
    return;
  }
  const databases = await run(['find', '.', '-name', '*.db'], { cwd: from });
  for (const file of databases.split('\n').filter((line) => line !== '')) {
    await run(['cp', '-p', '--remove-destination', join(from, file), join(to, file)]);
  }
}

/** Runs a throw-away containerd without its CRI plugins just for the import. */
async function importAll(
  root: string,
  archives: readonly ImageArchive[],
  found: Binaries<'containerd' | 'ctr'>,
): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), 'fairlead-store-'));
  const socket = join(state, 'containerd.sock');
  const config = join(state, 'config.toml');
  await writeFile(config, importConfig(root, state, socket));
  const log = openSync(join(state, 'log'), 'a');
  const argv = ['unshare', '--mount', found.containerd, '--config', config];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], { stdio: ['ignore', log, log] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const ctr = [found.ctr, '--address', socket, '--namespace', 'k8s.io'];
  try {
    await waitFor({ what: 'the containerd that imports images', boundSeconds: 20 }, async () => {
      const { status, stderr } = await outcomeOf([...ctr, 'version']);
      return status === 0 || stderr;
    });
    for (const { file } of archives) await run([...ctr, 'images', 'import', '--local', file]);
    await collectGarbage(ctr);
  } finally {
    child.kill('SIGTERM');
    await ended;
    await rm(state, { recursive: true, force: true });
  }
}

/**
 * Removing any image with --sync waits for a collection: what only the store before this one needed
 * goes.
 */
async function collectGarbage(ctr: readonly string[]): Promise<void> {
  await run([...ctr, 'images', 'tag', '--force', sandboxImage, collectedImage]);
  await run([...ctr, 'images', 'remove', '--sync', collectedImage]);
}

const collectedImage = 'fairlead.local/garbage:now';

function importConfig(root: string, state: string, socket: string): string {
  return `version = 3
root = '${root}'
state = '${state}/state'
disabled_plugins = [
  'io.containerd.grpc.v1.cri',
  'io.containerd.cri.v1.runtime',
  'io.containerd.cri.v1.images',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.erofs',
  'io.containerd.nri.v1.nri',
]
[grpc]
  address = '${socket}'
`;
}

/**
 * Stores kept: all but the newest are only there to go back and forth between two versions quickly.
 */
const storesKept = 3;

async function prune(): Promise<void> {
  for (const name of await readdir(storesFolder())) {
    // The lock is ours: what is half done was left by a killed run.
    if (!isWhole(name)) await rm(join(storesFolder(), name), { recursive: true, force: true });
  }
  for (const store of (await storesByAge()).slice(storesKept)) {
    await rm(store, { recursive: true, force: true });
  }
}

/** Newest first. */
async function storesByAge(): Promise<string[]> {
  const names = await readdir(storesFolder()).catch(() => []);
  const stores = names
    .filter((name) => !name.includes('.'))
    .map((name) => join(storesFolder(), name));
  const dated = await Promise.all(
    stores.map(async (store) => ({ store, at: (await stat(store)).mtimeMs })),
  );
  return dated.toSorted((a, b) => b.at - a.at).map(({ store }) => store);
}

function isWhole(name: string): boolean {
  return /^[0-9a-f]{16}$/.test(name);
}
