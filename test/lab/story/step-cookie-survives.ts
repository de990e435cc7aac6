import { outcomeOf } from '../command.ts';
import { keptCount, loseHolder } from './node-loss.ts';
import { openedShop } from './shop.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';

/** A cookie outlives the node that gave it. */
export const cookieSurvives: Step = {
  name: 'cookie-survives',
  title: 'ten browsers with a cookie keep their replica when the node with the VIP dies',
  nodesMin: 3,
  play,
};

const browsers = 10;

async function play(scene: Scene): Promise<StepOutcome> {
  const shop = await openedShop(scene.lab);
  const [address = ''] = shop.addresses;
  const cookies: string[] = [];
  const loss = await loseHolder(scene, shop, async () => {
    const answers: string[] = [];
    for (let browser = 0; browser < browsers; browser += 1) {
      const { replica, cookie } = await visit(scene, address, cookies[browser]);
      cookies[browser] ??= cookie;
      answers.push(replica);
    }
    return answers;
  });
  const kept = keptCount(loss);
  const replicas = new Set(loss.before).size;
  const told = `${kept} of ${browsers} kept their replica on ${loss.holders.join(', ')}`;
  return judged({ sessionsKept: kept, sessions: browsers, replicas }, told, {
    [`only ${kept} of ${browsers} kept their replica`]: kept < browsers,
    'all browsers had one replica, so nothing is shown': replicas < 2,
    'no cookie was set': cookies.includes(''),
  });
}

/** Who answers a browser, and the cookie it is given. */
async function visit({ client }: Scene, address: string, cookie: string | undefined) {
  const to = ['--resolve', `shop.test:443:${address}`, 'https://shop.test/hostname'];
  const own = cookie === undefined ? [] : ['-b', cookie];
  const { stdout } = await outcomeOf(client.command(['curl', '-ksSi', '-m', '5', ...own, ...to]));
  return {
    replica: stdout.split('\n').at(-1) ?? '',
    cookie: /^set-cookie: ([^;]+)/im.exec(stdout)?.[1] ?? '',
  };
}
