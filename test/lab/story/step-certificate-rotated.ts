import { Authority } from '../certificates.ts';
import { startLoad } from '../load.ts';
import { waitFor } from '../wait-for.ts';
import { reloads } from './fairlead.ts';
import { certify, openedShop } from './shop.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { patient } from './watch.ts';

/** A renewed certificate costs nobody anything. */
export const certificateRotated: Step = {
  name: 'certificate-rotated',
  title: 'renew a certificate under load: no reload, no failed request',
  nodesMin: 1,
  play,
};

const name = 'shop.test';
const renewedSeconds = 30;
/** So many answers with the new certificate only, and the old one does not come back. */
const answersAfter = 50;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab, client } = scene;
  using authority = new Authority();
  const { addresses } = await openedShop(lab);
  const [address = ''] = addresses;
  const before = await reloads(lab);
  const target = { address, port: 443, tlsName: name, everyMs: 50, ...patient };
  const load = await startLoad(client, target);
  await load.waitForRequests(5);
  const [old = ''] = Object.keys(load.since().perReplica);
  // Before it is written: the API server may have it, and an agent use it, before kubectl ends.
  load.mark();
  await certify(lab, authority, name);
  await waitFor({ what: 'the new certificate', boundSeconds: renewedSeconds }, async () => {
    const { perReplica } = load.since();
    const answers = Object.entries(perReplica).filter(([serial]) => serial !== old);
    return answers.some(([, count]) => count >= answersAfter) || JSON.stringify(perReplica);
  });
  const seen = await load.stop();
  const oldLastMs = Math.round(seen.lastSeen[old] ?? 0);
  const after = await reloads(lab);
  const hasReloaded = [...before].some(([node, count]) => after.get(node) !== count);
  const fields = { failedRequests: seen.failed, oldLastSeenMs: oldLastMs };
  return judged(fields, `the old certificate was last seen ${oldLastMs} ms after the apply began`, {
    [`${seen.failed} requests failed: ${JSON.stringify(seen.failures)}`]: seen.failed > 0,
    'HAProxy was reloaded': hasReloaded,
    'the old certificate was never seen': old === '',
  });
}
