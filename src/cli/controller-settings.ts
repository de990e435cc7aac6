import { parseArgs } from 'node:util';
import { KubeError } from '../kube/kube-error.ts';
import type { RawObject } from '../kube/raw-object.ts';
import { fieldsOf, listOf, textsOf } from '../model/raw.ts';
import type { Cluster } from './cluster.ts';
import { readObject } from './list.ts';

/** What the controller was started with, as far as its decisions depend on it. */
export type ControllerSettings = {
  readonly isDefaultClass: boolean;
  readonly leaseName: string;
  /** Tolerations that every pool has. */
  readonly tolerations: readonly unknown[];
};

const deployments = { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment' };

/** The chart's name of Deployment and Lease. */
const controllerName = 'fairlead-controller';

/** Reads the flags of the controller's Deployment; `undefined` where that is not to be seen. */
export async function controllerSettings(
  cluster: Cluster,
): Promise<ControllerSettings | undefined> {
  const ref = { namespace: cluster.systemNamespace, name: controllerName };
  try {
    const deployment = await readObject(cluster, deployments, ref);
    return deployment === undefined ? undefined : settingsOf(deployment);
  } catch (error) {
    if (error instanceof KubeError && error.code === 'Forbidden') return undefined;
    throw error;
  }
}

function settingsOf(deployment: RawObject): ControllerSettings {
  const template = fieldsOf(fieldsOf(deployment['spec'])['template']);
  const [container] = listOf(fieldsOf(template['spec'])['containers']).map(fieldsOf);
  const { values } = parseArgs({
    args: [...textsOf(container?.['args'])],
    options: {
      'default-class': { type: 'string' },
      'lease-name': { type: 'string' },
      'pool-defaults': { type: 'string' },
    },
    strict: false,
  });
  const defaults = fieldsOf(parsed(String(values['pool-defaults'] ?? '{}')));
  return {
    isDefaultClass: values['default-class'] === 'true',
    leaseName: String(values['lease-name'] ?? controllerName),
    tolerations: listOf(defaults['tolerations']),
  };
}

/** Without the Deployment: what is most often so. */
export const usualSettings: ControllerSettings = {
  isDefaultClass: false,
  leaseName: controllerName,
  tolerations: [],
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
