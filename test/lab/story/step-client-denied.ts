import type { LabClient } from '../client.ts';
import { outcomeOf } from '../command.ts';
import { patchService } from '../patch-service.ts';
import { waitFor } from '../wait-for.ts';
import { webUrl } from '../web-url.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { published } from './view.ts';
import { failedRequests, patient, startWatch } from './watch.ts';

/** Source ranges close a Service to everybody else, and cost those who may nothing. */
export const clientDenied: Step = {
  name: 'client-denied',
  title: 'allow one client only: the other one is closed, the first loses nothing',
  nodesMin: 1,
  play,
};

const deniedSeconds = 20;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab, client } = scene;
  const api = await published(lab, 'api');
  const stranger = await lab.client('stranger');
  await using watch = await startWatch(scene, [api], { ...patient, everyMs: 20 });
  watch.mark();
  const startMs = performance.now();
  await allow(scene, [`${client.ipv4}/32`, `${client.ipv6}/128`]);
  try {
    await waitFor({ what: 'the stranger to be closed', boundSeconds: deniedSeconds }, async () => {
      const open = await Promise.all(
        api.addresses.map((each) => isServed(stranger, each, api.port)),
      );
      return !open.includes(true) || `answered: ${open.join(', ')}`;
    });
  } finally {
    await allow(scene, []);
  }
  const deniedAfterMs = Math.round(performance.now() - startMs);
  const seen = await watch.stop();
  const fields = { deniedAfterMs, failedRequests: failedRequests(seen) };
  const told = `the stranger was closed after ${deniedAfterMs} ms`;
  return judged(fields, told, {
    [`${fields.failedRequests} requests of the allowed client failed`]: fields.failedRequests > 0,
  });
}

async function allow({ lab }: Scene, loadBalancerSourceRanges: readonly string[]): Promise<void> {
  await patchService(lab, { name: 'api' }, { loadBalancerSourceRanges });
}

async function isServed(client: LabClient, address: string, port: number): Promise<boolean> {
  const curl = ['curl', '-sS', '-g', '-m', '2', webUrl(address, port)];
  return (await outcomeOf(client.command(curl))).status === 0;
}
