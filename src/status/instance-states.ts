import { Remembered } from '../lib/remembered.ts';
import type { ClusterView } from '../model/cluster-view.ts';
import type { Instance, Protocol } from '../model/objects.ts';
import { holderOf, isProgrammed, isSettled } from './holders.ts';

/** What the nodes make of one instance; the same for every Service whose addresses it carries. */
export type InstanceState = {
  readonly instance: Instance;
  readonly holder: string | undefined;
  /** A node holds it and has programmed all its Vips. */
  readonly isProgrammed: boolean;
  /** That, and it has come to rest. */
  readonly answers: boolean;
  /** Living members that cannot serve a protocol (R40), in order of their names. */
  readonly unable: readonly Unable[];
  readonly wakeAtMs: number | undefined;
};

/** What a node says of itself. */
export type Unable = { readonly node: string; readonly protocol: Protocol };

/** The states of all instances, by name. One that stays as it was stays the same object. */
export function instanceStates(
  view: ClusterView,
  instances: ReadonlyMap<string, Instance>,
  digests: ReadonlyMap<string, string>,
): ReadonlyMap<string, InstanceState> {
  const states = [...instances].map(([name, instance]) => {
    const { settled, wakeAtMs } = isSettled(view, instance);
    const holder = holderOf(view, instance);
    const isDone = isProgrammed(view, name, digests.get(name) ?? '');
    const answers = settled && isDone;
    const unable = unableOf(view, instance);
    const texts = unable.flatMap(({ node, protocol }) => [node, protocol]);
    const from = [holder, isDone, answers, wakeAtMs, ...texts];
    const state = { instance, holder, isProgrammed: isDone, answers, unable, wakeAtMs };
    return [name, known.of(instance, from, () => state)] as const;
  });
  return new Map(states);
}

const known = new Remembered<Instance, InstanceState>();

function unableOf(view: ClusterView, { members }: Instance): Unable[] {
  const nodes = [...new Set(members.map(({ node }) => node))].sort();
  return nodes.flatMap((node) => {
    const protocols = view.fresh.has(node) ? view.reports.get(node)?.unsupportedProtocols : [];
    return (protocols ?? []).map((protocol) => ({ node, protocol }));
  });
}
