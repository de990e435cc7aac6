/**
 * Measures Fairlead. In a lab, every line is min / median / max over the runs; of the benches by
 * size, every line is one value for each number of Services and how it grew.
 *
 *   npm run bench                          all of them, five runs each
 *   npm run bench -- failover --runs 3     in a lab; also service-to-answer, endpoint-to-haproxy
 *   npm run bench -- allocate              the pure core: 100 to 10,000 Services
 *   npm run bench -- scale --json          the controller on a real API server: 1,000 and 5,000
 *   npm run bench -- traffic               the VIP against HAProxy by hand, nftables and nothing
 *   npm run bench -- configured            what Services cost on their node: 10, 1,000 and 5,000
 *   npm run bench -- changes               1,000 changes of endpoints, 50 of a Service under load
 *
 * traffic takes --pairs, --seconds (of a side), --only and --against (a part of a name in the
 * table) and --cores apart|shared; configured takes --sizes. --quick makes these three short, to
 * see that they run.
 */
import { parseArgs } from 'node:util';
import { sayOnStderr } from '../test/lab/say.ts';
import type { Scene } from '../test/lab/story/step.ts';
import { programmed } from '../test/lab/story/step-programmed.ts';
import { bringUp } from '../test/lab/story/step-ready.ts';
import { allocateBench } from './allocate.ts';
import { endpointToHaproxy } from './endpoint-to-haproxy.ts';
import { failover } from './failover.ts';
import { provideImageRoot } from './rig/image-root.ts';
import { ownFolder } from './rig/own-folder.ts';
import { scaleBench } from './scale.ts';
import { serviceToAnswer } from './service-to-answer.ts';
import { type SizeResult, sizesJson, sizesTable } from './sizes-table.ts';
import { type Measured, summary } from './summary.ts';

const labBenches: Readonly<Record<string, (scene: Scene, runs: number) => Promise<Measured>>> = {
  'service-to-answer': serviceToAnswer,
  'endpoint-to-haproxy': endpointToHaproxy,
  failover,
};

type Settings = {
  readonly runs: number;
  readonly json: boolean;
  /** Numbers of Services; undefined: each bench's own. */
  readonly sizes: readonly number[] | undefined;
  readonly pairs: number;
  readonly seconds: number;
  readonly only: string;
  readonly against: string;
  readonly cores: 'apart' | 'shared' | undefined;
  readonly isQuick: boolean;
};

type RigSettings = Settings & { readonly folder: string };

/**
 * They need the image's daemons in network namespaces, and answer what is to be printed. Loaded
 * late: the rig reads where the image is when it is loaded.
 */
const rigBenches: Readonly<Record<string, (settings: RigSettings) => Promise<string>>> = {
  traffic: async (settings) => (await import('./traffic.ts')).trafficBench(settings),
  changes: async (settings) => (await import('./changes.ts')).changesBench(settings),
  configured: async (settings) => (await import('./configured.ts')).configuredBench(settings),
};

/** They need no lab. */
const sizeBenches: Readonly<Record<string, (settings: Settings) => Promise<SizeResult[]>>> = {
  allocate: async ({ sizes, runs }) => allocateBench({ sizes, runs }),
  scale: ({ sizes }) => scaleBench(sizes),
};

const options = {
  runs: { type: 'string', default: '5' },
  sizes: { type: 'string' },
  json: { type: 'boolean', default: false },
  pairs: { type: 'string' },
  seconds: { type: 'string', default: '1' },
  only: { type: 'string', default: '' },
  against: { type: 'string', default: '' },
  cores: { type: 'string' },
  quick: { type: 'boolean', default: false },
} as const;

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options });
  const all = [sizeBenches, rigBenches, labBenches].flatMap((benches) => Object.keys(benches));
  const names = positionals.length === 0 ? all : positionals;
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    throw new Error(`no bench ${unknown.join(', ')}; there are ${all.join(', ')}`);
  }
  const { quick: isQuick, json, only, against } = values;
  const settings: Settings = {
    ...{ isQuick, json, only, against },
    ...{ runs: Number(values.runs), seconds: Number(values.seconds) },
    sizes: values.sizes?.split(',').map(Number),
    pairs: Number(values.pairs ?? (isQuick ? 2 : 12)),
    cores: coresOf(values.cores),
  };
  for (const name of names.filter((each) => each in sizeBenches)) await bySize(name, settings);
  const onRig = names.filter((each) => each in rigBenches);
  if (onRig.length > 0) await measureOnRig(onRig, settings);
  const inLab = names.filter((each) => each in labBenches);
  if (inLab.length > 0) await measureInLab(inLab, settings);
}

function coresOf(text: string | undefined): Settings['cores'] {
  if (text === undefined || text === 'apart' || text === 'shared') return text;
  throw new Error(`--cores ${text}: write apart or shared`);
}

async function measureOnRig(names: readonly string[], settings: Settings): Promise<void> {
  const folder = ownFolder();
  await provideImageRoot(folder, sayOnStderr);
  for (const name of names) {
    process.stdout.write((await rigBenches[name]?.({ ...settings, folder })) ?? '');
  }
}

async function bySize(name: string, settings: Settings): Promise<void> {
  const results = (await sizeBenches[name]?.(settings)) ?? [];
  const text = settings.json
    ? `${JSON.stringify({ bench: name, ...sizesJson(results) })}\n`
    : `\n${name}, by number of Services\n${sizesTable(results)}`;
  process.stdout.write(text);
}

async function measureInLab(names: readonly string[], { runs, json }: Settings): Promise<void> {
  const lab = await bringUp({ nodes: 3, say: sayOnStderr });
  try {
    const scene = { lab, client: await lab.client('bench'), say: sayOnStderr };
    await programmed.play(scene);
    for (const name of names) {
      const measured = (await labBenches[name]?.(scene, runs)) ?? {};
      const text = json
        ? `${JSON.stringify({ bench: name, runs, measured })}\n`
        : `\n${name}, ${runs} runs\n${summary(measured)}`;
      process.stdout.write(text);
    }
  } finally {
    await lab.down();
  }
}

await main();
