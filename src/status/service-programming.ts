import type { Granted } from '../allocate/outcome.ts';
import type { Instance, Service, Vip } from '../model/objects.ts';
import { holderOf, isProgrammed, isSettled } from './holders.ts';
import type { ServiceSources } from './service-sources.ts';

/** What the nodes make of a Service's addresses. */
export type Programming = {
  /** Names of the Vips that answer and may be published. */
  readonly answering: ReadonlySet<string>;
  /** Nodes that hold them, sorted. */
  readonly nodes: readonly string[];
  /** An instance that nobody holds. */
  readonly unheld: Instance | undefined;
  /** A node that refused the Service's configuration, and why. */
  readonly refusal: { readonly node: string; readonly sentence: string } | undefined;
  /** Ports another process has on some node: what is said in PortsServed. */
  readonly conflictNodes: ReadonlyMap<number, readonly string[]>;
  /** Ports a holder could not bind: what is said in status. */
  readonly conflicts: ReadonlySet<number>;
  readonly wakeAtMs: number | undefined;
};

/**
 * Reads from the nodes' reports what became of a Service's Vips; outcomes, never intentions
 * (style.md section 3).
 */
export function programmingOf(
  sources: ServiceSources,
  service: Service,
  has: { granted: Granted; vips: readonly Vip[] },
): Programming {
  const vips = has.granted.vips.flatMap(({ name }) => has.vips.filter((vip) => vip.name === name));
  const names = [...new Set(vips.map((vip) => vip.instance))];
  const instances = names.flatMap((name) => sources.instances.get(name) ?? []);
  const states = instances.map((instance) => stateOf(sources, instance));
  const answers = new Set(states.filter((s) => s.answers).map((s) => s.instance.name));
  const answering = vips.filter((vip) => answers.has(vip.instance)).map((vip) => vip.name);
  const nodes = states.flatMap((state) => state.holder ?? []);
  const wakes = states.flatMap((state) => state.wakeAtMs ?? []);
  return {
    answering: new Set(answering),
    nodes: [...new Set(nodes)].sort(),
    unheld: states.find((state) => state.holder === undefined)?.instance,
    wakeAtMs: wakes.length === 0 ? undefined : Math.min(...wakes),
    ...complaints(sources, service, nodes),
  };
}

function stateOf(sources: ServiceSources, instance: Instance) {
  const { view, digests } = sources;
  const { settled, wakeAtMs } = isSettled(view, instance);
  const holder = holderOf(view, instance);
  const isDone = isProgrammed(view, instance.name, digests.get(instance.name) ?? '');
  return { instance, holder, answers: settled && isDone, wakeAtMs };
}

/** What live nodes report against the Service by name. */
function complaints(sources: ServiceSources, service: Service, holders: readonly string[]) {
  const key = `${service.namespace}/${service.name}`;
  const reports = [...sources.view.reports.values()]
    .filter(({ name }) => sources.view.fresh.has(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const conflictNodes = new Map<number, string[]>();
  const conflicts = new Set<number>();
  let refusal: Programming['refusal'];
  for (const { name: node, portConflicts, refusals } of reports) {
    const isHolder = holders.includes(node);
    for (const { port } of portConflicts.filter((conflict) => conflict.service === key)) {
      conflictNodes.set(port, [...new Set([...(conflictNodes.get(port) ?? []), node])]);
      if (isHolder) conflicts.add(port);
    }
    const refused = refusals.find((candidate) => candidate.service === key);
    if (isHolder && refused !== undefined) refusal ??= { node, sentence: refused.sentence };
  }
  return { conflictNodes, conflicts, refusal };
}
