/**
 * What must be true once faults are off and nothing is written any more (allocation.md section 11):
 * everything is decided, for a true reason, and nothing is left over.
 */
import { allocate } from '../../../src/allocate/allocate.ts';
import { clusterStatus } from '../../../src/status/cluster-status.ts';
import type { Regarding } from '../../../src/status/events.ts';
import type { DataPlane } from '../actors/data-plane.ts';
import type { World } from '../world/world.ts';
import { leftovers } from './leftovers.ts';
import { oracleProblems } from './oracle.ts';
import { unserved } from './served.ts';
import { trueSnapshot } from './true-state.ts';

/** Every claim that does not hold; none is good. */
export function problemsAtRest(world: World, dataPlane: DataPlane): readonly string[] {
  const snapshot = trueSnapshot(world);
  const allocation = allocate(snapshot);
  const status = clusterStatus(snapshot, allocation);
  const undone = [
    ...allocation.operations.map(({ kind, name }) => `${kind} ${name}`),
    ...status.finalizers.map(
      ({ regarding }) => `finalizers of ${regarding.kind} ${regarding.name}`,
    ),
    ...status.statuses.map(({ regarding, status: wanted }) =>
      [
        `status of ${regarding.kind} ${regarding.name}:`,
        `${JSON.stringify(wanted)} not ${JSON.stringify(statusIn(world, regarding))}`,
      ].join(' '),
    ),
  ];
  return [
    ...undone.map((what) => `at rest, but still to do: ${what}`),
    ...oracleProblems(snapshot),
    ...leftovers(world, snapshot),
    ...unserved(world, dataPlane, snapshot),
  ];
}

function statusIn(world: World, { kind, uid }: Regarding): unknown {
  const plural = `${kind.toLowerCase()}s`;
  return world.list(plural).find(({ metadata }) => metadata.uid === uid)?.['status'];
}
