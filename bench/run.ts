/**
 * Measures Fairlead in a lab; every line is min / median / max over the runs.
 *
 *   npm run bench                          all of them, five runs each
 *   npm run bench -- failover --runs 3     one of: failover, service-to-answer, endpoint-to-haproxy
 */
import { parseArgs } from 'node:util';
import { sayOnStderr } from '../test/lab/say.ts';
import type { Scene } from '../test/lab/story/step.ts';
import { programmed } from '../test/lab/story/step-programmed.ts';
import { bringUp } from '../test/lab/story/step-ready.ts';
import { endpointToHaproxy } from './endpoint-to-haproxy.ts';
import { failover } from './failover.ts';
import { serviceToAnswer } from './service-to-answer.ts';
import { type Measured, summary } from './summary.ts';

const benches: Readonly<Record<string, (scene: Scene, runs: number) => Promise<Measured>>> = {
  'service-to-answer': serviceToAnswer,
  'endpoint-to-haproxy': endpointToHaproxy,
  failover,
};

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string', default: '5' } },
  });
  const names = positionals.length === 0 ? Object.keys(benches) : positionals;
  const unknown = names.filter((name) => !(name in benches));
  if (unknown.length > 0) {
    throw new Error(`no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`);
  }
  const lab = await bringUp({ nodes: 3, say: sayOnStderr });
  try {
    const scene = { lab, client: await lab.client('bench'), say: sayOnStderr };
    await programmed.play(scene);
    for (const name of names) {
      process.stdout.write(`\n${name}, ${values.runs} runs\n`);
      const measured = (await benches[name]?.(scene, Number(values.runs))) ?? {};
      process.stdout.write(summary(measured));
    }
  } finally {
    await lab.down();
  }
}

await main();
