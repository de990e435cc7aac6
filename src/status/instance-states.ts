import type { ClusterView } from '../model/cluster-view.ts';
import type { Instance } from '../model/objects.ts';
import { holderOf, isProgrammed, isSettled } from './holders.ts';

/** What the nodes make of one instance; the same for every Service whose addresses it carries. */
export type InstanceState = {
  readonly instance: Instance;
  readonly holder: string | undefined;
  /** A node holds it, has programmed all its Vips, and it has come to rest. */
  readonly answers: boolean;
  readonly wakeAtMs: number | undefined;
};

/** The states of all instances, by name. */
export function instanceStates(
  view: ClusterView,
  instances: ReadonlyMap<string, Instance>,
  digests: ReadonlyMap<string, string>,
): ReadonlyMap<string, InstanceState> {
  const states = [...instances].map(([name, instance]) => {
    const { settled, wakeAtMs } = isSettled(view, instance);
    const holder = holderOf(view, instance);
    const answers = settled && isProgrammed(view, name, digests.get(name) ?? '');
    return [name, { instance, holder, answers, wakeAtMs }] as const;
  });
  return new Map(states);
}
