import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { LabError } from './lab-error.ts';
import { waitFor } from './wait-for.ts';

/**
 * The lab's cgroups: `fl-<id>/<part>` in every v1 hierarchy. They give each kubelet a tree of its
 * own, and they are the list of everything that belongs to a lab: what is in them is killed by
 * `down`, however it came to be.
 */
const mountPoint = '/sys/fs/cgroup';

/** Made for every part; `pids` is the one that is read back. */
const hierarchies = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids'];

/** Made where the machine has them: cgroup2 beside v1, and systemd's own. */
const optionalHierarchies = ['systemd', 'unified'];

/**
 * Throws LAB_NEEDS_CGROUP_V1 where the controllers belong to cgroup v2 (not proved yet,
 * cluster-lab.md E4).
 */
export function refuseWithoutCgroupV1(): void {
  const missing = hierarchies.filter((name) => !existsSync(join(mountPoint, name)));
  if (missing.length === 0) return;
  const text = `the lab needs the cgroup v1 controllers ${missing.join(', ')} under ${mountPoint}; boot with systemd.unified_cgroup_hierarchy=0`;
  throw new LabError('LAB_NEEDS_CGROUP_V1', text);
}

/** Makes `path` and its parents in every hierarchy. */
export function makeCgroup(path: string): void {
  for (const hierarchy of present()) mkdirSync(join(hierarchy, path), { recursive: true });
  const steps = path.split('/').map((_, at, all) => all.slice(0, at + 1).join('/'));
  // A v1 cpuset takes no process before it has cpus and memory nodes, level by level.
  for (const step of steps) {
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const whole = readFileSync(join(mountPoint, 'cpuset', file), 'utf8');
      writeFileSync(join(mountPoint, 'cpuset', step, file), whole);
    }
  }
}

/**
 * A cgroup weighs as much as one process beside it, and a lab is a cluster: with this weight a
 * build on the same machine does not pass for a dead node. An idle machine shows no difference.
 */
const labShares = 8_192;

/** Lets everything below the cgroup go before the machine's other work. */
export function favour(path: string): void {
  writeFileSync(join(mountPoint, 'cpu', path, 'cpu.shares'), `${labShares}`);
}

/** Of each second on each CPU; what is left of the machine's 950 ms is for its other work. */
const realTimeMs = { lab: 900, node: 300 } as const;

const budgetFile = 'cpu.rt_runtime_us';

/**
 * Lets a lab's cgroup, or a node's below it, have processes of the real-time class, as a kernel
 * without `CONFIG_RT_GROUP_SCHED` lets anybody (real-time-runc.sh). Without effect where the kernel
 * has no such budgets, and where those before it took them all: a second lab, a fourth node.
 */
export function allowRealTime(path: string, whose: keyof typeof realTimeMs): void {
  setBudget(join(mountPoint, 'cpu', path), realTimeMs[whose]);
}

function setBudget(folder: string, milliseconds: number): void {
  const file = join(folder, budgetFile);
  if (!existsSync(file)) return;
  try {
    writeFileSync(file, `${milliseconds * 1000}`);
  } catch {}
}

/** A command line that enters the cgroup and then becomes `argv`. */
export function inCgroup(path: string, argv: readonly string[]): string[] {
  const files = present().map((hierarchy) => join(hierarchy, path, 'cgroup.procs'));
  const enter = `for file in ${files.join(' ')}; do echo $$ > $file; done; exec "$@"`;
  return ['sh', '-c', enter, 'enter-cgroup', ...argv];
}

/** The pids in the cgroup and below it. */
export function members(path: string): number[] {
  return foldersBelow(join(mountPoint, 'pids', path)).flatMap((folder) =>
    linesOf(join(folder, 'cgroup.procs')).map(Number),
  );
}

/** Stops every process below the cgroup in mid-air, or lets them go on. */
export async function setFrozen(path: string, frozen: boolean): Promise<void> {
  const file = join(mountPoint, 'freezer', path, 'freezer.state');
  const wanted = frozen ? 'FROZEN' : 'THAWED';
  if (!existsSync(file)) return;
  writeFileSync(file, wanted);
  await waitFor({ what: `cgroup ${path} to be ${wanted}`, boundSeconds: 10 }, async () => {
    const seen = readFileSync(file, 'utf8').trim();
    return seen === wanted || seen;
  });
}

/** Kills everything below the cgroup and removes it; done when nothing is left. */
export async function removeCgroup(path: string): Promise<void> {
  for (const folder of foldersBelow(join(mountPoint, 'freezer', path))) {
    // A frozen process takes no signal, and thawing a parent does not thaw what was frozen below.
    writeFileSync(join(folder, 'freezer.state'), 'THAWED');
  }
  await waitFor(
    { what: `the processes of cgroup ${path} to end`, boundSeconds: 30, everyMs: 10 },
    async () => {
      const pids = members(path);
      for (const pid of pids) kill(pid);
      return pids.length === 0 || `${pids.length} left: ${pids.slice(0, 5).join(' ')}`;
    },
  );
  for (const hierarchy of present()) {
    for (const folder of foldersBelow(join(hierarchy, path)).toReversed()) {
      // By itself the kernel gives a budget back more than a second after the removal.
      setBudget(folder, 0);
      remove(folder);
    }
  }
}

/** The names of the cgroups right below the root that begin with `prefix`. */
export function cgroupsNamed(prefix: string): string[] {
  const names = childFolders(join(mountPoint, 'pids')) ?? [];
  return names.filter((name) => name.startsWith(prefix));
}

function present(): string[] {
  const all = [...hierarchies, ...optionalHierarchies].map((name) => join(mountPoint, name));
  return all.filter((folder) => existsSync(folder));
}

/** The folder itself and all below it, parents first. */
function foldersBelow(folder: string): string[] {
  const children = childFolders(folder);
  if (children === undefined) return [];
  return [folder, ...children.flatMap((name) => foldersBelow(join(folder, name)))];
}

function childFolders(folder: string): string[] | undefined {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    // Containers' cgroups come and go while we look.
    return undefined;
  }
}

function linesOf(file: string): string[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended already.
  }
}

function remove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (cause) {
    // A cgroup whose last process is still being reaped is busy; removing the whole lab tries
    // again.
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EBUSY' && code !== 'ENOENT') throw cause;
  }
}
