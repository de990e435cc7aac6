import { inspect } from 'node:util';
import { measureConfigured, type Times } from './configured/measure.ts';
import { markdownTable } from './markdown-table.ts';
import { type SizeResult, shown, sizesJson } from './sizes-table.ts';

export type ConfiguredSettings = {
  readonly sizes: readonly number[] | undefined;
  readonly isQuick: boolean;
  readonly json: boolean;
  /** This process's own (rig/own-folder.ts). */
  readonly folder: string;
};

const sizesDefault = [10, 1_000, 5_000];
const sizesQuick = [10, 100];

/** Servers in all: each costs a descriptor and its checks (population.ts). */
const serversMax = 10_000;
const endpointsMax = 10;

const times: Times = {
  ...{ settleSeconds: 15, idleSeconds: 20, changes: 200, changesSeconds: 60 },
  ...{ loadSeconds: 30, loadPerSecond: 100, newServices: 10, reloads: 5 },
};
const timesQuick: Times = {
  ...{ settleSeconds: 3, idleSeconds: 3, changes: 10, changesSeconds: 10 },
  ...{ loadSeconds: 4, loadPerSecond: 100, newServices: 2, reloads: 2 },
};

/** What Services cost on a node that serves them all, one size after the other. */
export async function configuredBench(settings: ConfiguredSettings): Promise<string> {
  const { sizes = settings.isQuick ? sizesQuick : sizesDefault, folder } = settings;
  const results: SizeResult[] = [];
  for (const services of sizes) {
    const endpoints = Math.max(1, Math.min(endpointsMax, Math.floor(serversMax / services)));
    const how = settings.isQuick ? timesQuick : times;
    try {
      const values = await measureConfigured({ services, endpoints, folder, times: how });
      results.push({ size: services, values });
    } catch (error) {
      // What the other sizes came to is worth printing.
      process.stderr.write(`${services} Services: ${inspect(error)}\n`);
      process.exitCode = 1;
    }
  }
  if (settings.json) return `${JSON.stringify({ bench: 'configured', ...sizesJson(results) })}\n`;
  return `\n${table(results)}`;
}

/** For docs/performance.md; the last column is for what costs add up to. */
function table(results: readonly SizeResult[]): string {
  const names = [...new Set(results.flatMap(({ values }) => Object.keys(values)))];
  const sizes = results.map(({ size }) => `${size.toLocaleString('en-US')} Services`);
  const head = ['', ...sizes, '1,000 Services more, with 10 endpoints'];
  const rows = names.map((name) => [
    name,
    ...results.map(({ values }) => shown(values[name])),
    /MiB|MB/.test(name) ? shown(perThousand(results, name)) : '',
  ]);
  return markdownTable([head, ...rows]);
}

/** Between the first two sizes, where their Services have the same number of endpoints. */
function perThousand([first, second]: readonly SizeResult[], name: string): number | undefined {
  if (first === undefined || second === undefined) return undefined;
  if (endpointsOf(first) !== endpointsOf(second)) return undefined;
  const more = (second.values[name] ?? Number.NaN) - (first.values[name] ?? Number.NaN);
  return (1000 * more) / (second.size - first.size);
}

function endpointsOf({ size, values }: SizeResult): number {
  return (values['servers'] ?? 0) / size;
}
