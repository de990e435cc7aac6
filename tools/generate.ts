/**
 * Writes what is generated and committed: crds/, the chart's copies of them, docs/reference,
 * monitoring/dashboards, deploy/install.yaml.
 *
 *   node tools/generate.ts           writes what differs
 *   node tools/generate.ts --check   writes nothing; ends with 1 when a file is not current
 */
import { join } from 'node:path';
import { chartCrdFiles, chartCrdFolder, crdFiles, crdFolder } from './crd-files.ts';
import { dashboardFiles, dashboardFolder } from './dashboards/dashboard-files.ts';
import {
  type GeneratedFile,
  leftOvers,
  removeFiles,
  staleFiles,
  writeFiles,
} from './generated-file.ts';
import { findHelm, renderChart } from './helm.ts';
import { referenceFiles } from './reference/reference-files.ts';

const top = join(import.meta.dirname, '..');

/** What the sources alone say. The chart reads its own copies of the CRDs, so they come first. */
function filesFromSources(): GeneratedFile[] {
  return [...crdFiles(), ...chartCrdFiles(), ...referenceFiles(top), ...dashboardFiles()];
}

const manifestHeader = [
  '# Generated from helm/ by `npm run generate`; edit the chart, not this file.',
  '# kubectl apply --server-side -f deploy/install.yaml',
  '',
].join('\n');

/**
 * Undefined when no helm is at hand; then the manifest is neither written nor compared, and that is
 * said.
 */
function manifestFiles(): GeneratedFile[] {
  const helm = findHelm();
  if (helm === undefined) {
    say('deploy/install.yaml is left alone: no helm (set FAIRLEAD_LAB_BIN, or run the lab once)');
    return [];
  }
  const text = manifestHeader + renderChart(helm, join(top, 'helm'));
  return [{ path: 'deploy/install.yaml', text }];
}

/** In folders that hold nothing else. */
function leftOverFiles(files: readonly GeneratedFile[]): string[] {
  return [crdFolder, chartCrdFolder, dashboardFolder].flatMap((folder) =>
    leftOvers(top, folder, files),
  );
}

function check(): void {
  const files = filesFromSources();
  const stale = [...staleFiles(top, files), ...leftOverFiles(files)];
  // A chart with stale CRDs renders a manifest that is stale as well; one sentence is enough.
  const manifests = stale.length === 0 ? staleFiles(top, manifestFiles()) : [];
  for (const path of [...stale, ...manifests]) say(`${path} is not current`);
  if (stale.length + manifests.length === 0) return;
  say('run `npm run generate` and commit the result');
  process.exitCode = 1;
}

function generate(): void {
  const files = filesFromSources();
  removeFiles(top, leftOverFiles(files));
  const written = [...writeFiles(top, files), ...writeFiles(top, manifestFiles())];
  for (const path of written) say(`wrote ${path}`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  if (process.argv.includes('--check')) check();
  else generate();
} catch (error) {
  // The sources contradict each other: what to change is in the message.
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
