/** Nodes that come, go or change concern every instance they can carry. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aNode, aPool, aService, aSnapshot, aVipNode, startMs } from '../../test/build/cluster.ts';
import { converged } from '../../test/build/converge.ts';
import type { ClusterSnapshot } from '../model/objects.ts';

const exclude = { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } };
const pools = [aPool('edge', ['10.40.0.8/29'])];
const services = [1, 2, 3].map((n) => aService(`shop/s${n}`, { ageSeconds: 9 - n }));

/** How many instances name each node, of all there are. */
function carriedBy({ instances }: ClusterSnapshot, node: string): string {
  const own = instances.filter(({ members }) => members.some((member) => member.node === node));
  return `${own.length} of ${instances.length}`;
}

/** The cluster with a fourth node that is alive. */
function joined(snapshot: ClusterSnapshot): ClusterSnapshot {
  return {
    ...snapshot,
    nodes: [...snapshot.nodes, aNode(4)],
    leases: [...snapshot.leases, { node: 'node-4', seenMs: startMs }],
    vipNodes: [...snapshot.vipNodes, aVipNode(4)],
  };
}

test('a node that comes joins every instance it can carry, one that is excluded leaves all (R82)', () => {
  const before = converged(aSnapshot({ pools, services }));
  assert.equal(carriedBy(before, 'node-3'), '3 of 3');
  const grown = converged(joined(before));
  assert.equal(carriedBy(grown, 'node-4'), '3 of 3');
  const nodes = grown.nodes.map((node) =>
    node.name === 'node-4' ? aNode(4, { metadata: exclude }) : node,
  );
  assert.equal(carriedBy(converged({ ...grown, nodes }), 'node-4'), '0 of 3');
});
