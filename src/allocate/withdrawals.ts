import { type ClusterView, reportOf } from '../model/cluster-view.ts';
import type { ClusterSnapshot, Vip } from '../model/objects.ts';
import { instanceDigests } from '../model/vips-digest.ts';

/**
 * Which nodes have not yet withdrawn what is leaving an address. A node has when its agent says
 * that it runs exactly what the API shows of the Vip's instance, or does not run the instance at
 * all (R7). What a silent node said last counts: it may still serve it (A64).
 */
export class Withdrawals {
  readonly #view: ClusterView;
  readonly #digests: ReadonlyMap<string, string>;
  readonly #reporters: readonly string[];

  constructor(snapshot: ClusterSnapshot, view: ClusterView) {
    this.#view = view;
    this.#digests = instanceDigests(snapshot.vips);
    this.#reporters = [...view.reports.keys()].filter((node) => view.nodes.has(node)).sort();
  }

  /** Names of nodes, sorted. One whose Node object is gone is waited for by nobody (A64). */
  awaited({ instance }: Pick<Vip, 'instance'>): readonly string[] {
    const digest = this.#digests.get(instance);
    return this.#reporters.filter((node) => {
      const report = reportOf(this.#view, instance, node);
      return report !== undefined && report.digest !== digest;
    });
  }
}
