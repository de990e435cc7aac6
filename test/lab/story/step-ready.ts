import { binaries } from '../binaries.ts';
import { run } from '../command.ts';
import { fairleadImage } from '../image-names.ts';
import { Lab } from '../lab.ts';
import type { Say } from '../say.ts';
import { pool } from './fairlead.ts';
import { judged, type StepOutcome } from './step.ts';

/** How large the cluster is, and who is told about progress. */
export type BringUpOptions = { readonly nodes: number; readonly say: Say; readonly id?: string };

/**
 * A cluster with Fairlead installed as a user would install it: by the chart, with its RBAC and Pod
 * Security.
 */
export async function bringUp(options: BringUpOptions): Promise<Lab> {
  const lab = await Lab.up(options);
  try {
    options.say('installing Fairlead with its chart');
    await install(lab);
    return lab;
  } catch (error) {
    await lab.down();
    throw error;
  }
}

/** Pods of controller and agents start within this time on a busy machine. */
const installSeconds = 180;

async function install(lab: Lab): Promise<void> {
  const [repository = '', tag = ''] = fairleadImage.split(/:(?=[^:]*$)/);
  const values = {
    'image.repository': repository,
    'image.tag': tag,
    'image.pullPolicy': 'Never',
  };
  const { helm } = await binaries(['helm']);
  const argv = [
    ...[helm, `--kubeconfig=${lab.kubeconfig}`, 'install', 'fairlead', 'helm'],
    ...['--wait', `--timeout=${installSeconds}s`],
    ...Object.entries(values).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
  ];
  await run(argv, { timeoutSeconds: installSeconds + 20 });
}

/** The first step: control plane, nodes and Fairlead are up. `startMs` is when the whole began. */
export async function ready(lab: Lab, startMs: number): Promise<StepOutcome> {
  const nodes = (await lab.kubectl(['get', 'nodes', '-o', 'name'])).trim().split('\n');
  const seconds = Math.round((performance.now() - startMs) / 100) / 10;
  return judged({ seconds }, `${nodes.length} nodes and Fairlead are up`, {
    [`${nodes.length} of ${lab.nodes.length} nodes are registered`]:
      nodes.length !== lab.nodes.length,
  });
}

/** The pool that the story's Services live from. */
export async function applyPool(lab: Lab): Promise<void> {
  await lab.kubectl(['apply', '-f', 'examples/pool.yaml']);
  const wait = ['wait', `vippool/${pool}`, '--for=condition=Ready', '--timeout=90s'];
  await lab.kubectl(wait, { timeoutSeconds: 100 });
}
