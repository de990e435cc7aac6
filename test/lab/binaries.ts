import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { outcomeOf, run } from './command.ts';
import { cacheFolder, markUsed } from './files.ts';
import { LabError, messageOf } from './lab-error.ts';
import { withLock } from './lock.ts';
import { buildFlags, type Part, type PartName, parts } from './parts.ts';
import { type Say, sayOnStderr } from './say.ts';

/** The path of each binary asked for. */
export type Binaries<Name extends PartName> = Readonly<Record<Name, string>>;

/**
 * Finds binaries in `KUBEBUILDER_ASSETS`, then `FAIRLEAD_LAB_BIN`, then the cache; builds what is
 * in none of them and says so. Throws LAB_NEEDS_GO or LAB_BUILD_FAILED.
 */
export async function binaries<Name extends PartName>(
  names: readonly Name[],
  say: Say = sayOnStderr,
): Promise<Binaries<Name>> {
  const cache = join(cacheFolder(), `bin-${await cacheKey()}`);
  const folders = [...foldersGiven(), cache];
  await markUsed(cache);
  if (names.some((name) => found(name, folders) === undefined)) {
    await withLock(`${cache}.lock`, say, () => buildMissing(names, folders, say));
  }
  const entries = names.map((name) => [name, found(name, folders)]);
  return Object.fromEntries(entries) as Binaries<Name>;
}

/** Sixteen hexadecimal digits that change with any version, sum or flag. */
async function cacheKey(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([parts, buildFlags, process.arch]));
  for (const module of Object.keys(buildFlags).toSorted()) {
    for (const file of ['go.mod', 'go.sum', 'main.go']) {
      hash.update(await readFile(join(moduleFolder(module), file)).catch(() => ''));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function foldersGiven(): string[] {
  const given = [process.env['KUBEBUILDER_ASSETS'], process.env['FAIRLEAD_LAB_BIN']];
  return given.filter((folder): folder is string => folder !== undefined && folder !== '');
}

function found(name: PartName, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

async function buildMissing(
  names: readonly PartName[],
  folders: readonly string[],
  say: Say,
): Promise<void> {
  // Another lab may have built them while this one waited for the lock.
  const missing = names.filter((name) => found(name, folders) === undefined);
  if (missing.length === 0) return;
  await refuseWithoutGo();
  const into = folders.at(-1) ?? cacheFolder();
  await run(['mkdir', '-p', into]);
  say(announcement(missing, into));
  for (const [index, name] of missing.entries()) {
    say(`building ${name} (${index + 1} of ${missing.length}), ${estimate(missing.slice(index))}`);
    await build(name, into);
  }
}

function announcement(missing: readonly PartName[], into: string): string {
  const note = 'once: later runs find them there; a warm Go build cache makes it 1–2 minutes';
  return `building ${missing.length} programs from Go modules into ${into} (${note})`;
}

function estimate(names: readonly PartName[]): string {
  const seconds = names.reduce((sum, name) => sum + parts[name].coldSeconds, 0);
  const cores = availableParallelism();
  const minutes = Math.max(1, Math.round((seconds * 2) / cores / 60));
  return `about ${minutes} min left on ${cores} cores with nothing built yet, plus downloads`;
}

async function build(name: PartName, into: string): Promise<void> {
  const { module, goPackage }: Part = parts[name];
  const beside = join(into, `.${name}.${process.pid}`);
  const flags = ['-trimpath', '-buildvcs=false', ...buildFlags[module]];
  await run(['go', 'build', ...flags, '-o', beside, goPackage], {
    cwd: moduleFolder(module),
    env: { CGO_ENABLED: '0', GOWORK: 'off' },
    timeoutSeconds: buildSecondsMax,
  }).catch((cause: unknown) => {
    const text = `building ${name} from ${goPackage} failed: ${messageOf(cause)}`;
    throw new LabError('LAB_BUILD_FAILED', text, { cause });
  });
  await rename(beside, join(into, name));
}

/** kube-apiserver alone took 262 s with everything cold on 2 cores; downloads come on top. */
const buildSecondsMax = 1800;

async function refuseWithoutGo(): Promise<void> {
  const { status } = await outcomeOf(['go', 'version']).catch(() => ({ status: 127 }));
  if (status === 0) return;
  const text =
    'the lab builds Kubernetes from Go modules, and there is no `go` on PATH: install Go 1.26 or newer ' +
    '(go.dev/dl), or point FAIRLEAD_LAB_BIN at a folder with the binaries';
  throw new LabError('LAB_NEEDS_GO', text);
}

function moduleFolder(module: string): string {
  return join(import.meta.dirname, 'parts', module);
}
