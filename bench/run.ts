/**
 * Measures Fairlead. In a lab, every line is min / median / max over the runs; of the benches by
 * size, every line is one value for each number of Services and how it grew.
 *
 *   npm run bench                          all of them, five runs each
 *   npm run bench -- failover --runs 3     in a lab; also service-to-answer, endpoint-to-haproxy
 *   npm run bench -- allocate              the pure core: 100 to 10,000 Services
 *   npm run bench -- scale --json          the controller on a real API server: 1,000 and 5,000
 */
import { parseArgs } from 'node:util';
import { sayOnStderr } from '../test/lab/say.ts';
import type { Scene } from '../test/lab/story/step.ts';
import { programmed } from '../test/lab/story/step-programmed.ts';
import { bringUp } from '../test/lab/story/step-ready.ts';
import { allocateBench } from './allocate.ts';
import { endpointToHaproxy } from './endpoint-to-haproxy.ts';
import { failover } from './failover.ts';
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
};

/** They need no lab. */
const sizeBenches: Readonly<Record<string, (settings: Settings) => Promise<SizeResult[]>>> = {
  allocate: async ({ sizes, runs }) => allocateBench({ sizes, runs }),
  scale: ({ sizes }) => scaleBench(sizes),
};

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '5' },
      sizes: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const all = [...Object.keys(sizeBenches), ...Object.keys(labBenches)];
  const names = positionals.length === 0 ? all : positionals;
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    throw new Error(`no bench ${unknown.join(', ')}; there are ${all.join(', ')}`);
  }
  const sizes = values.sizes?.split(',').map(Number);
  const settings = { runs: Number(values.runs), json: values.json, sizes };
  for (const name of names.filter((each) => each in sizeBenches)) await bySize(name, settings);
  const inLab = names.filter((each) => each in labBenches);
  if (inLab.length > 0) await measureInLab(inLab, settings);
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
