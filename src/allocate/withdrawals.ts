import { type ClusterView, reportOf } from '../model/cluster-view.ts';
import type { ClusterSnapshot, Vip, Withdrawal } from '../model/objects.ts';
import { instanceDigests, vipsDigest } from '../model/vips-digest.ts';

/**
 * Which nodes have not yet withdrawn what is leaving an address. A node has when its agent says
 * that it runs exactly what the API shows of the Vip's instance, or does not run the instance at
 * all (R7). What a silent node said last counts, and so does a member that has not said anything of
 * the instance yet: it may have programmed the address and not come to report it (A64). Such nodes
 * are written down when the address is released, and say that they have withdrawn it even where the
 * instance is gone by then. Of an instance that somebody deleted nobody knows the members until it
 * is made anew (A65): every node may be one.
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
        new Set(members.filter(({ state }) => state !== 'Joining').map(({ node }) => node)),
      ]),
    );
    this.#pools = new Set(snapshot.pools.map(({ name }) => name));
    this.#reporters = [...view.reports.keys()].filter((node) => view.nodes.has(node)).sort();
  }

  /** Names of nodes, sorted; none whose Node object is gone, or that never had an agent. */
  awaited(vip: Served): readonly string[] {
    const { instance, previousInstance, awaitedNodes } = vip;
    const asked = awaitedNodes.length === 0 ? undefined : new Set(awaitedNodes);
    const members = this.#members.get(instance);
    const silent = asked === undefined ? this.#possibleMembers(vip) : either(asked, members);
    const here = this.#awaitedOn(instance, silent);
    const before = this.awaitedBefore(previousInstance, asked);
    return [...new Set([...here, ...before])].sort();
  }

  /** The nodes that may still serve it by the instance it passed from (A47). */
  awaitedBefore(previousInstance: string | undefined, asked?: Members): readonly string[] {
    if (previousInstance === undefined) return [];
    return this.#awaitedOn(previousInstance, either(asked, this.#members.get(previousInstance)));
  }

  /** Names of the nodes that may serve it, sorted: those to be asked when it is released. */
  concerned(vip: Served): readonly string[] {
    const { instance, previousInstance = '' } = vip;
    const silent = either(this.#possibleMembers(vip), this.#members.get(previousInstance));
    return this.#reporters.filter(
      (node) =>
        silent.has(node) ||
        reportOf(this.#view, instance, node) !== undefined ||
        reportOf(this.#view, previousInstance, node) !== undefined,
    );
  }

  #possibleMembers({ instance, pool }: Served): Members {
    return this.#members.get(instance) ?? (this.#pools.has(pool) ? anybody : nobody);
  }

  /** Those that do not run exactly what is shown, and those of the silent that have not said so. */
  #awaitedOn(instance: string, silent: Members): readonly string[] {
    const digest = this.#digests.get(instance) ?? nothing;
    return this.#reporters.filter((node) => {
      const report = reportOf(this.#view, instance, node) ?? this.#withdrawn(instance, node);
      return report === undefined ? silent.has(node) : report.digest !== digest;
    });
  }

  #withdrawn(instance: string, node: string): Withdrawal | undefined {
    return this.#view.reports.get(node)?.withdrawn.find((each) => each.instance === instance);
  }
}

type Served = Pick<Vip, 'instance' | 'pool' | 'previousInstance' | 'awaitedNodes'>;

/** The nodes that are to run an instance. */
type Members = Pick<ReadonlySet<string>, 'has'>;

const anybody: Members = { has: () => true };
const nobody: Members = { has: () => false };
const nothing = vipsDigest([]);

function either(a: Members = nobody, b: Members = nobody): Members {
  return { has: (node) => a.has(node) || b.has(node) };
}
