import { patchService } from '../patch-service.ts';
import { waitFor } from '../wait-for.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { published } from './view.ts';
import { failedRequests, patient, type Seen, startWatch } from './watch.ts';

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
  const often = { ...patient, everyMs: 20 };
  const stranger = { client: await lab.client('stranger') };
  await using allowed = await startWatch(scene, [api], often);
  await using closed = await startWatch(stranger, [api], often);
  allowed.mark();
  closed.mark();
  let deniedAfterMs = 0;
  await allow(scene, [`${client.ipv4}/32`, `${client.ipv6}/128`]);
  try {
    await waitFor({ what: 'the stranger to be closed', boundSeconds: deniedSeconds }, async () => {
      const seen = closed.since();
      deniedAfterMs = Math.round(Math.max(...seen.map(firstRefusedMs)));
      return seen.every(isClosed) || JSON.stringify(seen.map(({ failed }) => failed));
    });
  } finally {
    await allow(scene, []);
  }
  const fields = { deniedAfterMs, failedRequests: failedRequests(await allowed.stop()) };
  const told = `the stranger was first refused ${deniedAfterMs} ms after the apply began`;
  return judged(fields, told, {
    [`${fields.failedRequests} requests of the allowed client failed`]: fields.failedRequests > 0,
  });
}

/** After the mark; the stranger was served until then. */
function firstRefusedMs({ samples: [first] }: Seen): number {
  return first === undefined ? 0 : first.atMs + first.tookMs;
}

/** For so long nothing but refusals: no process of HAProxy answers any more. */
const closedForMs = 500;

function isClosed({ lastSeen, lastFailureMs }: Seen): boolean {
  return lastFailureMs - Math.max(0, ...Object.values(lastSeen)) >= closedForMs;
}

async function allow({ lab }: Scene, loadBalancerSourceRanges: readonly string[]): Promise<void> {
  await patchService(lab, { name: 'api' }, { loadBalancerSourceRanges });
}
