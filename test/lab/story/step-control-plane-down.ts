import { setTimeout as pause } from 'node:timers/promises';
import type { Lab } from '../lab.ts';
import type { LabNode } from '../node.ts';
import { waitFor } from '../wait-for.ts';
import { moveOff } from './applications.ts';
import { converged } from './converged.ts';
import { controllerDeployment, controllerNamespace, identities, reloads } from './fairlead.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { answers } from './step-programmed.ts';
import { takenOver } from './taken-over.ts';
import { holderOf, kubeJson, type List, published } from './view.ts';
import { longestGapMs, startWatch } from './watch.ts';

/** Nobody is left to decide anything, and a node dies. */
export const controlPlaneDown: Step = {
  name: 'control-plane-down',
  title: "stop the whole control plane, then cut the power of the VIP's node; start all again",
  nodesMin: 2,
  play,
};

const aftermathMs = 3_000;
const controllers = 2;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab, say } = scene;
  const web = await published(lab, 'web');
  const holder = await holderOf(lab, web.addresses[0] ?? '');
  await moveOff(lab, 'web', holder.name);
  await converged(lab);
  const before = { identities: await identities(lab), reloads: await reloads(lab) };
  say("stopping Fairlead's controllers, scheduler, controller-manager, API server and etcd");
  await scaleControllers(lab, 0);
  await lab.controlPlane.stop();
  await using watch = await startWatch(scene, [web]);
  say(`cutting the power of ${holder.name}`);
  watch.mark();
  await holder.kill();
  const newHolders = await takenOver(lab, { service: web, from: holder.name });
  await pause(aftermathMs);
  const seen = await watch.stop();
  for (const address of web.addresses) await answers(scene, { address, port: web.port });
  const convergedSeconds = await startAgain(scene, holder);
  const vipStallMs = longestGapMs(seen, 'web');
  const told =
    `${newHolders.join(', ')} took over after ${vipStallMs} ms; ` +
    `all settled ${convergedSeconds} s after the control plane's return`;
  return judged({ vipStallMs, convergedSeconds }, told, await changes(scene, before, holder));
}

async function startAgain({ lab, say }: Scene, holder: LabNode): Promise<number> {
  say(`starting everything again, and ${holder.name}`);
  const startMs = performance.now();
  await lab.controlPlane.start();
  await scaleControllers(lab, controllers);
  await holder.return();
  await converged(lab);
  return Math.round((performance.now() - startMs) / 100) / 10;
}

async function scaleControllers(lab: Lab, count: number): Promise<void> {
  const deployment = `deployment/${controllerDeployment}`;
  const inNamespace = ['--namespace', controllerNamespace];
  await lab.kubectl([...inNamespace, 'scale', deployment, `--replicas=${count}`]);
  const what = `${count} controllers`;
  await waitFor({ what, boundSeconds: 90, everyMs: 250 }, async () => {
    const pods = await kubeJson<List<object>>(lab, [...inNamespace, 'get', 'pods']);
    return pods.items.length === count ? true : `${pods.items.length} pods`;
  });
}

type Before = {
  readonly identities: readonly string[];
  readonly reloads: ReadonlyMap<string, string>;
};

/** What is not as it was: addresses, VRIDs, and HAProxy's reloads on the nodes that stayed on. */
async function changes(
  { lab }: Scene,
  before: Before,
  holder: LabNode,
): Promise<Record<string, boolean>> {
  const now = { identities: await identities(lab), reloads: await reloads(lab) };
  const reloaded = [...before.reloads]
    .filter(([node, was]) => node !== holder.name && now.reloads.get(node) !== was)
    .map(([node, was]) => `${node}: ${was}, then ${now.reloads.get(node)}`);
  const [was, is] = [before.identities.join(', '), now.identities.join(', ')];
  return {
    [`addresses or VRIDs changed: ${was} became ${is}`]: was !== is,
    [`HAProxy was reloaded: ${reloaded.join('; ')}`]: reloaded.length > 0,
  };
}
