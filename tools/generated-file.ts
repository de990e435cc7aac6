import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file that is generated and committed; `path` is relative to the top of the project. */
export type GeneratedFile = { readonly path: string; readonly text: string };

/** Writes the files that differ; returns the paths it wrote. */
export function writeFiles(top: string, files: readonly GeneratedFile[]): string[] {
  const stale = files.filter((file) => isStale(top, file));
  for (const file of stale) {
    mkdirSync(dirname(join(top, file.path)), { recursive: true });
    writeFileSync(join(top, file.path), file.text);
  }
  return stale.map((file) => file.path);
}

/** Paths of files whose committed text is not byte for byte the generated one. */
export function staleFiles(top: string, files: readonly GeneratedFile[]): string[] {
  return files.filter((file) => isStale(top, file)).map((file) => file.path);
}

function isStale(top: string, file: GeneratedFile): boolean {
  const path = join(top, file.path);
  return !existsSync(path) || readFileSync(path, 'utf8') !== file.text;
}

/** Paths in a folder of generated files that nothing generates any more. */
export function leftOvers(top: string, folder: string, files: readonly GeneratedFile[]): string[] {
  const wanted = new Set(files.map((file) => file.path));
  if (!existsSync(join(top, folder))) return [];
  return readdirSync(join(top, folder))
    .map((name) => `${folder}/${name}`)
    .filter((path) => !wanted.has(path));
}

/** Removes what `leftOvers` found. */
export function removeFiles(top: string, paths: readonly string[]): void {
  for (const path of paths) rmSync(join(top, path));
}
