/**
 * Builds the shipped form: `dist/fairlead.mjs`, its parts in `dist/fairlead/`, and beside them the
 * Node binary for the image. A few files instead of node_modules save a pod 48 MB and half a second
 * at start (ecosystem.md); parts, because every byte of text that a process loads stays in its
 * memory, and a daemon needs a quarter of what the command line does.
 */
import { existsSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** Where the bundle, its parts and the image's Node binary are. */
export const bundleFiles = {
  bundle: join(root, 'dist/fairlead.mjs'),
  parts: join(root, 'dist/fairlead'),
  node: join(root, 'dist/image/node'),
} as const;

/** Bundles `src/bin/fairlead.ts`; throws esbuild's own error, which names file and line. */
export async function bundle(folder: string = dirname(bundleFiles.bundle)): Promise<void> {
  const parts = basename(bundleFiles.parts);
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/bin/fairlead.ts'],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: `${parts}/[name]-[hash]`,
    splitting: true,
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
    banner: { js: commonJsBanner },
    define: { 'process.env.FAIRLEAD_VERSION': JSON.stringify(await version()) },
  });
  await mkdir(join(folder, parts), { recursive: true });
  await Promise.all(outputFiles.map(({ path, contents }) => writeIfChanged(path, contents)));
  await removeOthers(join(folder, parts), new Set(outputFiles.map(({ path }) => path)));
  // Whoever links it as kubectl-fairlead into a folder of PATH runs it as it is.
  await chmod(join(folder, basename(bundleFiles.bundle)), 0o755);
}

/** A process that is just starting from the same sources never reads half a file. */
async function writeIfChanged(path: string, contents: Uint8Array): Promise<void> {
  const present = await readFile(path).catch(() => undefined);
  if (present === undefined || !present.equals(contents)) await writeFile(path, contents);
}

async function removeOthers(folder: string, kept: ReadonlySet<string>): Promise<void> {
  const files = (await readdir(folder)).map((name) => join(folder, name));
  for (const file of files) if (!kept.has(file)) await rm(file, { recursive: true, force: true });
}

/** The version that `fairlead version` prints. */
async function version(): Promise<string> {
  const text = await readFile(join(root, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Puts Node's binary of this machine's architecture where the Dockerfile expects it. */
export async function placeNode(): Promise<void> {
  const source = join(root, `node_modules/node-linux-${process.arch}/bin/node`);
  if (!existsSync(source)) {
    throw new Error(`${source} is missing: run "npm ci" without --omit=optional`);
  }
  await mkdir(join(root, 'dist/image'), { recursive: true });
  await rm(bundleFiles.node, { force: true });
  // A hard link costs nothing; node_modules on another file system needs the copy.
  await link(source, bundleFiles.node).catch(() => copyFile(source, bundleFiles.node));
}

// Bundled CommonJS packages call require(); an ES module has none of its own.
const commonJsBanner = [
  `import { createRequire as fairleadCreateRequire } from 'node:module';`,
  'const require = fairleadCreateRequire(import.meta.url);',
].join('\n');

if (import.meta.main) {
  await bundle();
  await placeNode();
}
