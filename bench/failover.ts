import type { Scene, Step } from '../test/lab/story/step.ts';
import { controlPlaneDown } from '../test/lab/story/step-control-plane-down.ts';
import { haproxyKilled } from '../test/lab/story/step-haproxy-killed.ts';
import { nodeKilled } from '../test/lab/story/step-node-killed.ts';
import { nodeReturned } from '../test/lab/story/step-node-returned.ts';
import { type Measured, record } from './summary.ts';

const steps: readonly Step[] = [nodeKilled, nodeReturned, haproxyKilled, controlPlaneDown];

/** How long clients are without an answer, by what broke: the story's steps, again and again. */
export async function failover(scene: Scene, runs: number): Promise<Measured> {
  const measured: Measured = {};
  for (let run = 1; run <= runs; run += 1) {
    for (const step of steps) {
      const { ok, fields, why } = await step.play(scene);
      if (!ok) scene.say(`${step.name}, run ${run}: ${why}`);
      for (const [name, value] of Object.entries(fields)) {
        record(measured, `${step.name} ${name}`, value);
      }
    }
  }
  return measured;
}
