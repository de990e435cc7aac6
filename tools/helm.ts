import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The Kubernetes version that charts are rendered for; any from Chart.yaml's minimum on gives the
 * same text.
 */
const kubeVersion = '1.36.3';

/**
 * Path of a helm program: the lab's (given or cached), else the one on PATH; undefined when there
 * is none.
 */
export function findHelm(): string | undefined {
  return [...givenFolders(), ...cachedFolders(), ...pathFolders()]
    .map((folder) => join(folder, 'helm'))
    .find((path) => existsSync(path));
}

function givenFolders(): string[] {
  return [process.env['FAIRLEAD_LAB_BIN'], process.env['KUBEBUILDER_ASSETS']].filter(
    (folder) => folder !== undefined && folder !== '',
  ) as string[];
}

/**
 * The lab keeps what it built in folders named after the versions; only the present ones are there
 * after an upgrade.
 */
function cachedFolders(): string[] {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'fairlead-lab');
  if (!existsSync(cache)) return [];
  return readdirSync(cache, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(cache, entry.name))
    .toSorted();
}

function pathFolders(): string[] {
  return (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
}

/** Runs helm; throws with its own message when it refuses. */
export function runHelm(helm: string, args: readonly string[]): string {
  return execFileSync(helm, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The chart rendered with values given as `--set` texts. */
export function renderChart(helm: string, chart: string, set: readonly string[] = []): string {
  const values = set.flatMap((value) => ['--set', value]);
  const release = ['fairlead', chart, '--namespace', 'default', '--kube-version', kubeVersion];
  return runHelm(helm, ['template', ...release, ...values]);
}
