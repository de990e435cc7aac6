import { outcomeOf } from '../command.ts';
import { patchService } from '../patch-service.ts';
import { waitFor } from '../wait-for.ts';
import { readyPods } from './applications.ts';
import { killReplica } from './breaking.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { published } from './view.ts';

/** UDP beside TCP on one VIP; a replica dies under a client that sends from one port for ever. */
export const udpDns: Step = {
  name: 'udp-dns',
  title: 'serve UDP on the VIP of web, and kill the replica that answers',
  nodesMin: 1,
  play,
};

/** A dead replica is taken out of the EndpointSlices within a second or two of its kubelet. */
const queries = 60;
const answeredSeconds = 30;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab } = scene;
  const web = await published(lab, 'web');
  const address = web.addresses.find((each) => !each.includes(':')) ?? '';
  await ports(scene, [tcp, udp]);
  try {
    await waitFor({ what: 'UDP to be answered', boundSeconds: answeredSeconds }, async () => {
      return (await asked(scene, address, 1))[0] !== 'none' || 'no answer';
    });
    const [first = ''] = await asked(scene, address, 1);
    const asking = asked(scene, address, queries);
    const victim = (await readyPods(lab, 'web')).find(({ name }) => name === first);
    if (victim !== undefined) await killReplica(lab, victim);
    const seen = await asking;
    const lost = seen.filter((each) => each === 'none').length;
    const last = seen.at(-1) ?? '';
    return judged({ queries, lostQueries: lost }, `${lost} of ${queries} queries were lost`, {
      'nobody was killed': victim === undefined,
      [`the last answer is ${last}`]: last === 'none' || last === first,
    });
  } finally {
    await ports(scene, [tcp]);
    await readyPods(lab, 'web');
  }
}

const tcp = { name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' };
/** agnhost answers `hostname` there. */
const udp = { name: 'dns', port: 53, protocol: 'UDP', targetPort: 8081 };

async function ports({ lab }: Scene, all: readonly object[]): Promise<void> {
  await patchService(lab, { name: 'web' }, { ports: all });
}

/** Queries from one port, a tenth of a second apart: who answered each, or `none`. */
async function asked({ client }: Scene, address: string, count: number): Promise<string[]> {
  const script = `
    for turn in $(seq $2); do
      to="UDP4:$1:53,sourceport=45000,reuseaddr"
      said=$(echo hostname | timeout 2 socat -t0.3 -T1 - "$to" 2>/dev/null)
      echo "\${said:-none}"
      sleep 0.1
    done`;
  const words = ['bash', '-c', script, 'bash', address, String(count)];
  const { stdout } = await outcomeOf(client.command(words));
  return stdout.trim().split('\n');
}
