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
  const caches = await moduleCaches();
  await Promise.all([...new Set(names.map((name) => caches[parts[name].module]))].map(markUsed));
  if (names.some((name) => found(name, caches) === undefined)) {
    await withLock(join(cacheFolder(), 'bin.lock'), say, () => buildMissing(names, caches, say));
  }
  const entries = names.map((name) => [name, found(name, caches)]);
  return Object.fromEntries(entries) as Binaries<Name>;
}

type ModuleCaches = Readonly<Record<Part['module'], string>>;

/** One folder a module, so that a change of one makes nothing of the others anew. */
async function moduleCaches(): Promise<ModuleCaches> {
  const modules = Object.keys(buildFlags) as Part['module'][];
  const entries = await Promise.all(
    modules.map(async (module) => [module, `bin-${module}-${await cacheKey(module)}`] as const),
  );
  return Object.fromEntries(
    entries.map(([module, folder]) => [module, join(cacheFolder(), folder)]),
  ) as ModuleCaches;
}

/** Sixteen hexadecimal digits that change with any version, sum or flag of the module. */
async function cacheKey(module: Part['module']): Promise<string> {
  const ofModule = Object.entries<Part>(parts).filter(([, part]) => part.module === module);
  const facts = [ofModule, buildFlags[module], process.arch];
  const hash = createHash('sha256').update(JSON.stringify(facts));
  for (const file of ['go.mod', 'go.sum', 'main.go']) {
    hash.update(await readFile(join(moduleFolder(module), file)).catch(() => ''));
  }
  return hash.digest('hex').slice(0, 16);
}

function foldersGiven(): string[] {
  const given = [process.env['KUBEBUILDER_ASSETS'], process.env['FAIRLEAD_LAB_BIN']];
  return given.filter((folder): folder is string => folder !== undefined && folder !== '');
}

function found(name: PartName, caches: ModuleCaches): string | undefined {
  const folders = [...foldersGiven(), caches[parts[name].module]];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

async function buildMissing(
  names: readonly PartName[],
  caches: ModuleCaches,
  say: Say,
): Promise<void> {
  // Another lab may have built them while this one waited for the lock.
  const missing = names.filter((name) => found(name, caches) === undefined);
  if (missing.length === 0) return;
  await refuseWithoutGo();
  say(announcement(missing));
  for (const [index, name] of missing.entries()) {
    say(`building ${name} (${index + 1} of ${missing.length}), ${estimate(missing.slice(index))}`);
    await build(name, caches[parts[name].module]);
  }
}

function announcement(missing: readonly PartName[]): string {
  const note = 'once: later runs find them there; a warm Go build cache makes it 1–2 minutes';
  return `building ${missing.length} programs from Go modules into ${cacheFolder()} (${note})`;
}

function estimate(names: readonly PartName[]): string {
  const seconds = names.reduce((sum, name) => sum + parts[name].coldSeconds, 0);
  const cores = availableParallelism();
  const minutes = Math.max(1, Math.round((seconds * 2) / cores / 60));
  return `about ${minutes} min left on ${cores} cores with nothing built yet, plus downloads`;
}

async function build(name: PartName, into: string): Promise<void> {
  const { module, goPackage }: Part = parts[name];
  await run(['mkdir', '-p', into]);
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
