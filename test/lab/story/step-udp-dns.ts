import { readFile } from 'node:fs/promises';
import { parseGuide } from '../../guides/parse-guide.ts';
import { outcomeOf } from '../command.ts';
import { waitFor } from '../wait-for.ts';
import { readyPods } from './applications.ts';
import { killReplica } from './breaking.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { published } from './view.ts';

/** DNS on a VIP; a replica dies under a client that asks from one port for ever. */
export const udpDns: Step = {
  name: 'udp-dns',
  title: 'serve DNS by UDP, and kill the replica that answers',
  nodesMin: 1,
  play,
};

/** A dead replica is taken out of the EndpointSlices within a second or two of its kubelet. */
const queries = 60;
const answeredSeconds = 30;
const app = 'dns';

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab } = scene;
  const stdin = await dnsObjects();
  await lab.kubectl(['apply', '-f', '-'], { stdin });
  try {
    await readyPods(lab, app);
    let address = '';
    await waitFor({ what: 'DNS to be answered', boundSeconds: answeredSeconds }, async () => {
      address = (await published(lab, app)).addresses[0] ?? '';
      return (address !== '' && (await asked(scene, address, 1))[0] !== 'none') || 'no answer';
    });
    const [first = ''] = await asked(scene, address, 1);
    const asking = asked(scene, address, queries);
    const victim = (await readyPods(lab, app)).find(({ name }) => name === first);
    if (victim !== undefined) await killReplica(lab, victim);
    const seen = await asking;
    const lost = seen.filter((each) => each === 'none').length;
    const last = seen.at(-1) ?? '';
    return judged({ queries, lostQueries: lost }, `${lost} of ${queries} queries were lost`, {
      'nobody was killed': victim === undefined,
      [`the last answer is ${last}`]: last === 'none' || last === first,
    });
  } finally {
    await lab.kubectl(['delete', '--wait=true', '--timeout=60s', '-f', '-'], { stdin });
  }
}

/** The DNS server of the guide, which answers with the name of its pod, and its Service. */
async function dnsObjects(): Promise<string> {
  const path = 'docs/guides/udp.md';
  const { steps } = parseGuide(path, await readFile(path, 'utf8'));
  const files = steps.flatMap((step) => (step.kind === 'file' ? [step] : []));
  const own = files.filter(({ name }) => name === 'server.yaml' || name === 'dns.yaml');
  const texts = own.map(({ text }) => text.replaceAll('namespace: names', 'namespace: default'));
  return texts.join('\n---\n');
}

/** Queries from one port, a tenth of a second apart: who answered each, or `none`. */
async function asked({ client }: Scene, address: string, count: number): Promise<string[]> {
  const script = `
    for turn in $(seq $2); do
      said=$(dig "@$1" -b '0.0.0.0#45000' +short +time=1 +tries=1 pod.example TXT | grep '^"')
      said=\${said//\\"/}
      echo "\${said:-none}"
      sleep 0.1
    done`;
  const words = ['bash', '-c', script, 'bash', address, String(count)];
  const { stdout } = await outcomeOf(client.command(words));
  return stdout.trim().split('\n');
}
