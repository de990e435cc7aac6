import { isDeepStrictEqual } from 'node:util';
import { apiPath } from '../../src/kube/api-path.ts';
import { applyStatus, create } from '../../src/kube/apply.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { microTime } from '../../src/kube/micro-time.ts';
import { ownResources } from '../../src/kube/own-resources.ts';
import { grouped } from '../../src/lib/order.ts';
import { inParallel } from '../../src/loop/in-parallel.ts';
import { SingleFlight } from '../../src/loop/single-flight.ts';
import { startWatches } from '../../src/loop/watches.ts';
import type { Instance, Vip } from '../../src/model/objects.ts';
import { parseInstance, parseVip } from '../../src/model/parse-vip.ts';
import { vipsDigest } from '../../src/model/vips-digest.ts';
import { createLogger } from '../../src/observe/log.ts';
import { fieldManagers } from '../../src/tables/names.ts';
import { nodes } from './population.ts';

/** Kubelets and agents of all nodes, as far as a controller can see them. */
export type StandInAgents = {
  stop(): Promise<void>;
};

/** The kubelet's own interval. */
const leaseEveryMs = 10_000;
/** The agent's own, before it programs HAProxy: the data plane itself takes no time here. */
const settleMs = 10;

type Kinds = { vips: Vip; instances: Instance };

/**
 * Renews every node's Lease and reports, for every instance the node is a member of, that the Vips
 * the API shows are programmed; the member of rank 0 holds it.
 */
export async function startStandInAgents(client: KubeClient): Promise<StandInAgents> {
  const uids = new Map<string, string>();
  for (const node of nodes) {
    uids.set(node, await createVipNode(client, node));
    await client.request({ method: 'POST', path: leasePath(), body: lease(node) });
  }
  const renewal = setInterval(() => void renew(client), leaseEveryMs);
  const written = new Map<string, unknown>();
  const report = async () => {
    const seen = { vips: watches.values('vips'), instances: watches.values('instances') };
    const digests = digestsOf(seen.vips);
    await inParallel(nodes, async (node) => {
      const status = statusOf(node, seen.instances, digests);
      if (isDeepStrictEqual(written.get(node), status)) return true;
      await write(client, { node, uid: uids.get(node) ?? '', status });
      written.set(node, status);
      return true;
    });
  };
  const failed = (error: unknown) => process.stderr.write(`stand-in agents: ${error}\n`);
  const flight = new SingleFlight({ run: report, failed, settleMs, retryMaxMs: 1_000 });
  const watches = startWatches<Kinds>({
    client,
    kinds: {
      vips: { path: apiPath(ownResources.vips), project: parseVip },
      instances: { path: apiPath(ownResources.vrrpInstances), project: parseInstance },
    },
    wake: () => flight.wake(),
    log: createLogger('silent', {}),
  });
  flight.wake();
  return {
    stop: async () => {
      clearInterval(renewal);
      await flight.stop();
      await watches.stop();
    },
  };
}

async function createVipNode(client: KubeClient, node: string): Promise<string> {
  const target = { client, resource: ownResources.vipNodes };
  const outcome = await create(target, { metadata: { name: node }, spec: {} });
  if (outcome.kind !== 'ok') throw new Error(`VipNode ${node}: ${outcome.kind}`);
  return outcome.object.metadata.uid ?? '';
}

function digestsOf(vips: readonly Vip[]): ReadonlyMap<string, string> {
  const ofInstance = grouped(vips, (vip) => vip.instance);
  return new Map([...ofInstance].map(([instance, its]) => [instance, vipsDigest(its)]));
}

function statusOf(
  node: string,
  instances: readonly Instance[],
  digests: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  const runs = instances.flatMap(({ members, ...instance }) => {
    const member = members.find((each) => each.node === node && each.state === 'Member');
    return member === undefined ? [] : [{ ...instance, held: member.rank === 0 }];
  });
  const number = nodes.indexOf(node) + 1;
  const addresses = [`10.40.255.${number}/16`];
  return {
    interfaces: [{ name: 'eth0', mac: `02:00:00:00:00:0${number}`, addresses }],
    pools: [...new Set(runs.map(({ pool }) => pool))].map((name) => ({ name, ready: true })),
    instances: runs.map(({ name, pool, generation, held, move }) => ({
      ...{ name, pool, generation, held, moveSerial: move?.serial ?? 0, disputeSeen: '' },
      digest: digests.get(name) ?? vipsDigest([]),
    })),
    heldInstances: runs.filter(({ held }) => held).length,
  };
}

async function write(
  client: KubeClient,
  of: { node: string; uid: string; status: Readonly<Record<string, unknown>> },
): Promise<void> {
  const target = { client, resource: ownResources.vipNodes };
  const body = { metadata: { name: of.node }, status: of.status };
  const options = { fieldManager: fieldManagers.agent, uid: of.uid };
  const outcome = await applyStatus(target, body, options);
  if (outcome.kind === 'ok') return;
  throw new Error(`VipNode ${of.node}: ${'message' in outcome ? outcome.message : outcome.kind}`);
}

function leasePath(node?: string): string {
  const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  return node === undefined ? path : `${path}/${node}`;
}

function lease(node: string): object {
  const spec = { holderIdentity: node, leaseDurationSeconds: 40, renewTime: microTime(Date.now()) };
  return { metadata: { name: node }, spec };
}

async function renew(client: KubeClient): Promise<void> {
  for (const node of nodes) {
    await client
      .request({
        method: 'PATCH',
        path: leasePath(node),
        contentType: 'application/merge-patch+json',
        body: { spec: { renewTime: microTime(Date.now()) } },
      })
      .catch((error: unknown) => process.stderr.write(`Lease of ${node}: ${error}\n`));
  }
}
