import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { Lab } from '../lab.ts';
import { waitFor } from '../wait-for.ts';
import { webUrl } from '../web-url.ts';
import { readyPods } from './applications.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { applyPool } from './step-ready.ts';
import { type Published, published } from './view.ts';

/** From a VipPool and two Services to answers on both families. */
export const programmed: Step = {
  name: 'programmed',
  title: 'apply a VipPool and two Services; both address families answer',
  nodesMin: 1,
  play,
};

/** An answer that takes longer than this is a failure, not a slow start. */
const answerSeconds = 60;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab, say } = scene;
  const examples = await Promise.all(['web', 'api'].map(readExample));
  say('applying examples/pool.yaml');
  await applyPool(lab);
  say('starting two replicas each of web and api');
  for (const example of examples) await lab.kubectl(['apply', '-f', '-'], { stdin: example.pods });
  await Promise.all([readyPods(lab, 'web'), readyPods(lab, 'api')]);
  say('creating the Services');
  const createdMs = performance.now();
  for (const one of examples) await lab.kubectl(['apply', '-f', '-'], { stdin: one.service });
  const web = await answering(scene, 'web');
  const answerMs = Math.round(performance.now() - createdMs);
  const api = await answering(scene, 'api');
  return judged({ answerMs }, `web answers on ${listed(web)}, api on ${listed(api)}`, {
    'web was not given one address of each family': !isDualStack(web),
    'api was not given one address of each family': !isDualStack(api),
  });
}

type Example = { readonly pods: string; readonly service: string };

/**
 * The pods of an example come first, so that the time measured is Fairlead's and not the kubelet's.
 */
async function readExample(name: string): Promise<Example> {
  const documents = parseAllDocuments(await readFile(`examples/${name}.yaml`, 'utf8'));
  const part = (isService: boolean): string =>
    documents
      .filter((document) => (document.get('kind') === 'Service') === isService)
      .map(String)
      .join('\n---\n');
  return { pods: part(false), service: part(true) };
}

/**
 * Waits until a Service is published and each of its addresses answers a client outside the
 * cluster.
 */
async function answering(scene: Scene, name: string): Promise<Published> {
  const service = await publishedSoon(scene.lab, name);
  await Promise.all(
    service.addresses.map((address) => answers(scene, { address, port: service.port })),
  );
  return service;
}

async function publishedSoon(lab: Lab, name: string): Promise<Published> {
  let service = await published(lab, name);
  const what = `Service ${name} to have two addresses`;
  await waitFor({ what, boundSeconds: answerSeconds, everyMs: 50 }, async () => {
    service = await published(lab, name);
    return service.addresses.length === 2 ? true : `addresses: ${listed(service) || 'none'}`;
  });
  return service;
}

/**
 * Waits until one address answers; used wherever the story only needs to know that somebody is
 * there.
 */
export async function answers(
  { client }: Pick<Scene, 'client'>,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<void> {
  const url = webUrl(address, port);
  const curl = ['curl', '-sS', '-g', '-m', '1', url];
  const what = `${url} to answer`;
  await waitFor({ what, boundSeconds: answerSeconds, everyMs: 20 }, async () => {
    return (await client.exec(curl)) === '' ? 'an empty answer' : true;
  });
}

function isDualStack(service: Published): boolean {
  const sixes = service.addresses.filter((address) => address.includes(':'));
  return service.addresses.length === 2 && sixes.length === 1;
}

function listed(service: Published): string {
  return service.addresses.join(' and ');
}
