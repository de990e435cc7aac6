import { resources } from '../kube/api-path.ts';
import { apply, remove } from '../kube/apply.ts';
import type { KubeClient } from '../kube/client.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import type { ClusterView } from '../model/cluster-view.ts';
import type { Instance, Pool } from '../model/objects.ts';
import type { DaemonSet, PoolPod } from '../model/parse-pool-pods.ts';
import type { Logger } from '../observe/log.ts';
import {
  type DaemonSetManifest,
  type PoolPodSettings,
  poolDaemonSet,
} from '../status/pool-daemonset.ts';
import { nextPodToReplace } from '../status/rollout.ts';
import { fieldManagers, poolFinalizer } from '../tables/names.ts';

export type PoolPodsOptions = {
  readonly client: KubeClient;
  readonly settings: PoolPodSettings;
  readonly log: Logger;
};

/** What the rollout looks at. */
export type PoolPodsInput = {
  readonly pools: readonly Pool[];
  /** As they are recorded: what is decided but not written keeps nobody's pods. */
  readonly instances: readonly Instance[];
  readonly daemonSets: readonly DaemonSet[];
  readonly pods: readonly PoolPod[];
  readonly view: ClusterView;
};

/** Keeps one DaemonSet for each pool and replaces outdated pods one node at a time. */
export class PoolPods {
  readonly #options: PoolPodsOptions;
  /** What was last applied, by pool: an unchanged manifest is not written again. */
  readonly #applied = new Map<string, string>();

  constructor(options: PoolPodsOptions) {
    this.#options = options;
  }

  /**
   * A pool that is being deleted keeps its pods, and gets lost ones back, while it is in use: its
   * finalizer holds it, its owner reference ends them.
   */
  async reconcile({ pools, instances, daemonSets, pods, view }: PoolPodsInput): Promise<void> {
    for (const pool of pools.filter(isServed)) {
      const existing = daemonSets.find((set) => set.pool === pool.name);
      const manifest = poolDaemonSet(pool, this.#options.settings, recordedIn(pool, instances));
      await this.#apply(pool, manifest, existing);
    }
    const outdated = nextPodToReplace({ daemonSets, pods, view });
    if (outdated !== undefined) await this.#replace(outdated);
  }

  async #apply(
    pool: Pool,
    manifest: DaemonSetManifest,
    existing: DaemonSet | undefined,
  ): Promise<void> {
    const { client, log } = this.#options;
    const text = canonicalJson(manifest);
    if (existing !== undefined && this.#applied.get(pool.name) === text) return;
    const { apiVersion: _api, kind: _kind, ...body } = manifest;
    const target = { client, resource: resources.daemonSets };
    const outcome = await apply(target, body, { fieldManager: fieldManagers.daemonSets });
    if (outcome.kind !== 'ok') {
      const message = 'message' in outcome ? outcome.message : outcome.kind;
      throw new Error(`DaemonSet of VipPool ${pool.name}: ${message}`);
    }
    this.#applied.set(pool.name, text);
    log.info('daemonset-applied', { pool: pool.name, name: manifest.metadata.name });
  }

  async #replace({ name, uid, node, pool }: PoolPod): Promise<void> {
    const { client, settings, log } = this.#options;
    log.info('pool-pod-replaced', { pool, node, pod: name });
    const { namespace } = settings;
    await remove({ client, resource: resources.pods }, { namespace, name }, { uid });
  }
}

function isServed({ deleting, finalizers }: Pool): boolean {
  return !deleting || finalizers.includes(poolFinalizer);
}

/** Nodes that may still run the pool: those that leave, until their agents have stopped it. */
function recordedIn({ name }: Pool, instances: readonly Instance[]): readonly string[] {
  const own = instances.filter(({ pool }) => pool === name);
  return own.flatMap(({ members }) => members.map(({ node }) => node));
}
