import { setTimeout as pause } from 'node:timers/promises';
import { patchService } from '../patch-service.ts';
import { webUrl } from '../web-url.ts';
import { keptCount, loseHolder } from './node-loss.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { published } from './view.ts';

/** sessionAffinity: ClientIP outlives the node that knew the clients. */
export const affinitySurvives: Step = {
  name: 'affinity-survives',
  title: 'fifteen clients with session affinity keep their replica when the node with the VIP dies',
  nodesMin: 3,
  play,
};

/**
 * Clients are addresses; these are the story's client's for this step. A hash places them: if it
 * halves them evenly, all come to one of two replicas in one play of 16,000.
 */
const clients = Array.from({ length: 15 }, (_, index) => `10.99.0.${240 + index}`);

/** The change reaches every node within a second, and a new table the others at once. */
const settleMs = 3_000;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab } = scene;
  const web = await published(lab, 'web');
  const address = web.addresses.find((each) => !each.includes(':')) ?? '';
  await affinity(scene, 'ClientIP');
  await addresses(scene, 'add');
  try {
    await pause(settleMs);
    const loss = await loseHolder(scene, web, () => asked(scene, webUrl(address, web.port)));
    const kept = keptCount(loss);
    const replicas = new Set(loss.before).size;
    const told = `${kept} of ${clients.length} kept their replica on ${loss.holders.join(', ')}`;
    return judged({ sessionsKept: kept, sessions: clients.length, replicas }, told, {
      [`only ${kept} of ${clients.length} kept their replica`]: kept < clients.length,
      'all clients had one replica, so nothing is shown': replicas < 2,
    });
  } finally {
    await affinity(scene, 'None');
    await addresses(scene, 'del');
  }
}

async function affinity({ lab }: Scene, sessionAffinity: string): Promise<void> {
  await patchService(lab, { name: 'web' }, { sessionAffinity });
}

async function addresses({ client }: Scene, verb: 'add' | 'del'): Promise<void> {
  for (const each of clients) {
    await client.exec(['ip', 'address', verb, `${each}/24`, 'dev', 'eth0']);
  }
}

/** Who answers each client. */
async function asked({ client }: Scene, url: string): Promise<string[]> {
  const answers: string[] = [];
  for (const each of clients) {
    const curl = ['curl', '-sS', '-m', '5', '--interface', each, url];
    answers.push((await client.exec(curl)).trim());
  }
  return answers;
}
