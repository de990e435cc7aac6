import { by } from '../lib/order.ts';
import { holdersOf } from '../model/cluster-view.ts';
import type { Instance, Member } from '../model/objects.ts';
import { isBad } from '../status/events.ts';
import { type Told, tellCondition } from './finding.ts';
import type { Picture } from './picture.ts';

/** One VrrpInstance in a report. */
export type InstanceRow = {
  readonly instance: string;
  readonly vrid: number;
  readonly segment: string;
  readonly pool: string;
  readonly holder: string | null;
  /** Living nodes that say they hold it: more than one is a dispute. */
  readonly claims: readonly string[];
  readonly members: readonly Pick<Member, 'node' | 'address' | 'interface' | 'rank' | 'state'>[];
  readonly bad: readonly (Told & { readonly type: string })[];
};

/** Instances as rows, by name. */
export function instanceRows(
  { view }: Picture,
  instances: readonly Instance[],
): readonly InstanceRow[] {
  return instances.toSorted(by(({ name }) => name)).map((instance) => ({
    ...{ instance: instance.name, vrid: instance.vrid, segment: instance.segment },
    pool: instance.pool,
    holder: instance.statusHolder ?? null,
    claims: holdersOf(view, instance.name),
    members: instance.members.map(({ node, address, interface: on, rank, state }) => ({
      ...{ node, address, interface: on, rank, state },
    })),
    bad: instance.conditions
      .filter(isBad)
      .map((condition) => ({ type: condition.type, ...tellCondition(condition) })),
  }));
}
