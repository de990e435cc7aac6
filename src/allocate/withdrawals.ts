import { type ClusterView, reportOf } from '../model/cluster-view.ts';
import type { ClusterSnapshot, Vip } from '../model/objects.ts';
import { instanceDigests } from '../model/vips-digest.ts';

/**
 * Which nodes have not yet withdrawn what is leaving an address. A node has when its agent says
 * that it runs exactly what the API shows of the Vip's instance, or does not run the instance at
 * all (R7). What a silent node said last counts, and so does a member that has not said anything of
 * the instance yet: it may have programmed the address and not come to report it (A64). Of an
 * instance that somebody deleted nobody knows the members until it is made anew (A65): every node
 * may be one.
 */
export class Withdrawals {
  readonly #view: ClusterView;
  readonly #digests: ReadonlyMap<string, string>;
  readonly #reporters: readonly string[];
  readonly #members: ReadonlyMap<string, Members>;
  readonly #pools: ReadonlySet<string>;

  constructor(snapshot: ClusterSnapshot, view: ClusterView) {
    this.#view = view;
    this.#digests = instanceDigests(snapshot.vips);
    this.#members = new Map(
      snapshot.instances.map(({ name, members }) => [
        name,
        new Set(members.filter(({ state }) => state === 'Member').map(({ node }) => node)),
      ]),
    );
    this.#pools = new Set(snapshot.pools.map(({ name }) => name));
    this.#reporters = [...view.reports.keys()].filter((node) => view.nodes.has(node)).sort();
  }

  /** Names of nodes, sorted; none whose Node object is gone, or that never had an agent. */
  awaited(vip: Pick<Vip, 'instance' | 'pool' | 'previousInstance'>): readonly string[] {
    const { instance, pool, previousInstance } = vip;
    const members = this.#members.get(instance) ?? (this.#pools.has(pool) ? anybody : undefined);
    const nodes = [...this.#awaitedOn(instance, members), ...this.awaitedBefore(previousInstance)];
    return [...new Set(nodes)].sort();
  }

  /** The nodes that may still serve it by the instance it passed from (A47). */
  awaitedBefore(previousInstance: string | undefined): readonly string[] {
    if (previousInstance === undefined) return [];
    return this.#awaitedOn(previousInstance, this.#members.get(previousInstance));
  }

  #awaitedOn(instance: string, members: Members | undefined): readonly string[] {
    const digest = this.#digests.get(instance);
    return this.#reporters.filter((node) => {
      const report = reportOf(this.#view, instance, node);
      return report === undefined ? members?.has(node) : report.digest !== digest;
    });
  }
}

/** The nodes that are to run an instance. */
type Members = Pick<ReadonlySet<string>, 'has'>;

const anybody: Members = { has: () => true };
