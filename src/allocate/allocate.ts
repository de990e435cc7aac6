import { clusterView } from '../model/cluster-view.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { allocateServices } from './allocate-services.ts';
import { type Draft, draftOf } from './draft.ts';
import { indexVips } from './index-vips.ts';
import { type Operation, operations } from './operations.ts';
import type { Outcome } from './outcome.ts';
import type { PoolSpace } from './pool-space.ts';
import { askNodes, finishReleases } from './release.ts';
import { restoreLost, updateInstances } from './update-instances.ts';

/** What one run decides. */
export type Allocation = {
  /** By the UID of every Service that is ours and not being deleted. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Execute in this order; stop at the first refusal and run again. */
  readonly operations: readonly Operation[];
  /** Pools, oldest first, with what they may give. */
  readonly spaces: readonly PoolSpace[];
  /**
   * When something expires by itself; nothing needs a run before it unless an object changes (A58).
   */
  readonly wakeAtMs: number | undefined;
};

/**
 * Decides every address, VRID and membership at once: a pure function of the snapshot, the same for
 * any order of its lists (A1). Call it only when all caches have synced (A54, R89).
 */
export function allocate(snapshot: ClusterSnapshot): Allocation {
  const draft = decided(snapshot);
  const wakes = draft.wakes.filter((ms) => ms > snapshot.nowMs);
  return {
    outcomes: draft.outcomes,
    operations: operations(draft),
    spaces: draft.spaces,
    wakeAtMs: wakes.length === 0 ? undefined : Math.min(...wakes),
  };
}

/** The draft that a run ends with: whoever explains the decision can ask it further questions. */
export function decided(snapshot: ClusterSnapshot): Draft {
  const draft = draftOf(snapshot);
  const view = clusterView(snapshot);
  finishReleases(draft, view);
  indexVips(draft);
  restoreLost(draft);
  allocateServices(draft, view);
  updateInstances(draft, view);
  askNodes(draft, view);
  return draft;
}
