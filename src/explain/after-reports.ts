import { byEach, byNumber } from '../lib/order.ts';
import { type ClusterView, clusterView, holdersOf } from '../model/cluster-view.ts';
import type { ClusterSnapshot, Instance, Member, VipNode } from '../model/objects.ts';
import { instanceDigests } from '../model/vips-digest.ts';
import { withdrawnInstances } from '../status/withdrawn-instances.ts';

/**
 * The snapshot as it would be once every living agent had done what it says: its members run the
 * latest generation with all Vips programmed, and what nobody holds is held by the best of them.
 * Nodes whose Lease is stale go on saying what they said.
 */
export function afterReports(snapshot: ClusterSnapshot): ClusterSnapshot {
  const view = clusterView(snapshot);
  const digests = instanceDigests(snapshot.vips);
  const holders = new Map(snapshot.instances.map((i) => [i.name, holderOf(view, i)]));
  const vipNodes = snapshot.vipNodes.map((vipNode) =>
    view.fresh.has(vipNode.name) ? reported(snapshot, vipNode, { digests, holders }) : vipNode,
  );
  return { ...snapshot, vipNodes };
}

function holderOf(view: ClusterView, instance: Instance): string | undefined {
  const isRunning = ({ node, state }: Member) => state === 'Member' && view.fresh.has(node);
  const members = instance.members.filter(isRunning).toSorted(byRank);
  const [holding] = holdersOf(view, instance.name);
  return members.find(({ node }) => node === holding)?.node ?? members[0]?.node;
}

const byRank = byEach<Member>(byNumber(({ rank }) => rank));

function reported(
  snapshot: ClusterSnapshot,
  vipNode: VipNode,
  of: {
    readonly digests: ReadonlyMap<string, string>;
    readonly holders: ReadonlyMap<string, string | undefined>;
  },
): VipNode {
  const { name: node } = vipNode;
  const runs = snapshot.instances.filter(({ members }) =>
    members.some((member) => member.node === node && member.state === 'Member'),
  );
  const instances = runs.map(({ name, pool, generation, move }) => ({
    ...{ name, pool, generation, held: of.holders.get(name) === node },
    ...{ digest: of.digests.get(name) ?? '', moveSerial: move?.serial ?? 0, disputeSeen: '' },
  }));
  const running = runs.map(({ name }) => name);
  const known = new Map(vipNode.pools.map((pool) => [pool.name, pool]));
  const pools = [...new Set([...known.keys(), ...runs.map(({ pool }) => pool)])].sort();
  return {
    ...vipNode,
    instances,
    withdrawn: withdrawnInstances(node, { vips: snapshot.vips, running }),
    pools: pools.map((name) => known.get(name) ?? { name, ready: true }),
  };
}
