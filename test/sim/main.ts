/**
 * Runs the simulator: `npm run sim -- --steps N --seed S`. Exit code 1: it found something; what is
 * printed then runs it again.
 */
import { parseArgs } from 'node:util';
import { Simulation, type Verdict } from './simulation.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    trace: { type: 'boolean', default: false },
  },
});

function wholeNumber(name: 'steps' | 'seed'): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} is "${values[name]}"; write a whole number`);
}

function print(verdict: Verdict, seconds: number): void {
  const { seed, steps, rests, simulatedMs, fingerprint, failure } = verdict;
  const hours = (simulatedMs / 3_600_000).toFixed(1);
  const cpuSeconds = process.cpuUsage().user / 1e6;
  const figures = [
    `${steps} steps (${Math.round(steps / seconds)}/s, ${Math.round(steps / cpuSeconds)}/CPU s)`,
    `${rests} times at rest`,
    `${hours} h simulated`,
    `fingerprint ${fingerprint}`,
  ];
  process.stdout.write(`seed ${seed}: ${figures.join(', ')}\n`);
  if (failure === undefined) return;
  if (values.trace) process.stdout.write(`${failure.trace}\n`);
  process.stdout.write(`FOUND at step ${steps}: ${failure.why}\n`);
  process.stdout.write(`replay: npm run sim -- --steps ${values.steps} --seed ${seed} --trace\n`);
}

const startMs = performance.now();
const verdict = await new Simulation(wholeNumber('seed')).run(wholeNumber('steps'));
print(verdict, (performance.now() - startMs) / 1000);
process.exitCode = verdict.failure === undefined ? 0 : 1;
