import { Authority } from '../certificates.ts';
import { outcomeOf } from '../command.ts';
import { waitFor } from '../wait-for.ts';
import { openShop, type ShopName, shopNames } from './shop.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';

/** TLS for two names on one VIP, from Secrets. */
export const tlsSni: Step = {
  name: 'tls-sni',
  title: 'end TLS on a VIP with two Secrets: each name gets its certificate',
  nodesMin: 1,
  play,
};

const servedSeconds = 60;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab } = scene;
  using authority = new Authority();
  const startMs = performance.now();
  const { addresses } = await openShop(lab, authority);
  const [address = ''] = addresses;
  const names = Object.keys(shopNames) as ShopName[];
  for (const name of names) await presented(scene, { address, name, subject: name });
  const ms = Math.round(performance.now() - startMs);
  const stranger = await subjectOf(scene, address, 'stranger.test');
  return judged({ answerMs: ms, names: names.length }, `two names after ${ms} ms`, {
    [`a stranger was shown ${stranger}`]: stranger !== names[0],
  });
}

async function presented(
  scene: Scene,
  of: { readonly address: string; readonly name: string; readonly subject: string },
): Promise<void> {
  const what = `the certificate of ${of.name} on ${of.address}`;
  await waitFor({ what, boundSeconds: servedSeconds, everyMs: 50 }, async () => {
    const subject = await subjectOf(scene, of.address, of.name);
    return subject === of.subject || `it is of ${subject || 'nobody'}`;
  });
}

/** Whose certificate a client is shown who asks for a name; "" when the port is closed. */
async function subjectOf({ client }: Scene, address: string, name: string): Promise<string> {
  const ask = `timeout 3 openssl s_client -connect ${address}:443 -servername ${name} </dev/null`;
  const command = ['sh', '-c', `${ask} 2>/dev/null | openssl x509 -noout -subject 2>/dev/null`];
  const { stdout } = await outcomeOf(client.command(command));
  return /CN ?= ?(\S+)/.exec(stdout)?.[1] ?? '';
}
