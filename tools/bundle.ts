/**
 * Builds the shipped form: one ES module, `dist/fairlead.mjs`, and beside it the Node binary for
 * the image. One file instead of node_modules saves a pod 48 MB and half a second at start
 * (ecosystem.md).
 */
import { existsSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** Where the bundle, its source map and the image's Node binary are. */
export const bundleFiles = {
  bundle: join(root, 'dist/fairlead.mjs'),
  sourceMap: join(root, 'dist/fairlead.mjs.map'),
  node: join(root, 'dist/image/node'),
} as const;

/** Bundles `src/bin/fairlead.ts`; throws esbuild's own error, which names file and line. */
export async function bundle(outfile: string = bundleFiles.bundle): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/bin/fairlead.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Every byte of text stays in memory, and the controller's memory is counted.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
    banner: { js: commonJsBanner },
    define: { 'process.env.FAIRLEAD_VERSION': JSON.stringify(await version()) },
  });
  // Whoever links it as kubectl-fairlead into a folder of PATH runs it as it is.
  await chmod(outfile, 0o755);
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
