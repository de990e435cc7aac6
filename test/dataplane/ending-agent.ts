/**
 * The process that stands for an agent that is killed at its work: it brings HAProxy of pool `edge`
 * to the state in a file, by the product's own plan and steps, and ends after so many of them:
 * `node ending-agent.ts FILE STEPS`. It says which steps it did, each on a line.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { execute } from '../../src/apply/execute.ts';
import { readIfThere } from '../../src/apply/files.ts';
import { HaproxyObserver } from '../../src/apply/haproxy-observer.ts';
import type { DesiredPool } from '../../src/desired/desired-node.ts';
import { planHaproxy, unsettledBackends } from '../../src/plan/haproxy.ts';
import type { Step } from '../../src/plan/step.ts';
import { renderHaproxy } from '../../src/render/haproxy.ts';
import { poolPaths } from '../../src/render/pool-paths.ts';

const [file = '', most = '0'] = process.argv.slice(2);
const paths = poolPaths('edge');
const { haproxy: desired } = JSON.parse(readFileSync(file, 'utf8')) as DesiredPool;
const configuration = renderHaproxy(desired, paths);
let left = Number(most);

for (let isSettled = false; !isSettled && left > 0; ) {
  const { steps, waits } = await plan();
  isSettled = steps.length === 0 && !waits;
  const now = steps.slice(0, left);
  await execute(now, paths);
  for (const step of now) process.stdout.write(`${step.kind}\n`);
  left -= now.length;
  if (steps.length === 0) await delay(50);
}
process.kill(process.pid, 'SIGKILL');

async function plan(): Promise<{ readonly steps: readonly Step[]; readonly waits: boolean }> {
  const observed = await new HaproxyObserver(paths.haproxySocket).observe(desired.frontends);
  const fileText = await readIfThere(paths.haproxyConfiguration);
  const steps = planHaproxy({ desired, configuration, paths, fileText, observed });
  return {
    steps,
    waits: observed !== undefined && unsettledBackends(desired, observed).length > 0,
  };
}
