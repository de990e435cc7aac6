/**
 * A node without a machine: the Node and its Lease as a kubelet would keep them, and the agent's
 * own code (watches, desired state, report) with its own account and a token of this node, above a
 * data plane that only pretends. Why a stand-in: a real agent needs a node of its own, with network
 * namespaces, HAProxy and Keepalived; those are in test/dataplane and test/net. What the API server
 * sees of it is what it sees of a real one.
 */
import { createClient, type KubeClient } from '../../src/kube/client.ts';
import { kubeConfigAccess, loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { microTime } from '../../src/kube/micro-time.ts';
import { Agent } from '../../src/loop/agent.ts';
import { type AgentKinds, agentKinds } from '../../src/loop/agent-kinds.ts';
import { AgentReporter } from '../../src/loop/agent-reporter.ts';
import { KeyRing } from '../../src/loop/key-ring.ts';
import { startWatches } from '../../src/loop/watches.ts';
import type { NodeInterface } from '../../src/model/objects.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { createLogger } from '../../src/observe/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { agentTokenOn } from './installed.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { ApiServer } from './server.ts';
import { StandInPools, type StandInVrrp } from './stand-in-vrrp.ts';

export type StandInNode = {
  readonly name: string;
  /** The machine loses its power: no agent, no renewal, its last report stays as it is. */
  die(): Promise<void>;
};

/** A kubelet renews every 10 s; the product believes a node for 45 s. */
const renewEveryMs = 10_000;

const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

/** Brings up node `n<index>`: 10.77.0.<index>/24 and fd00:10:77::<index>/64 on eth0. */
export async function startStandInNode(
  api: ApiServer,
  vrrp: StandInVrrp,
  index: number,
): Promise<StandInNode> {
  const name = `n${index}`;
  await api.call('POST', '/api/v1/nodes', { metadata: { name } });
  const stopRenewing = await keepLease(api, name);
  const token = await agentTokenOn(api, name);
  const file = writeKubeconfig(api.directory, { name: `agent-${name}`, server: api.url, token });
  const client = createClient({ access: kubeConfigAccess(loadKubeConfig(file)) });
  const stopAgent = startAgent(client, vrrp, { name, interfaces: [interfaceOf(index)] });
  const end = async (): Promise<void> => {
    stopRenewing();
    await stopAgent();
    client.close();
  };
  let ended: Promise<void> | undefined;
  return {
    name,
    die: () => {
      ended ??= end();
      return ended;
    },
  };
}

async function keepLease(api: ApiServer, name: string): Promise<() => void> {
  const spec = () => ({ holderIdentity: name, renewTime: microTime(Date.now()) });
  await api.call('POST', leases, { metadata: { name }, spec: spec() });
  const renew = (): void => {
    // An API server that a test has stopped: the next renewal tells.
    api.call('PATCH', `${leases}/${name}`, { spec: spec() }).catch(() => undefined);
  };
  const timer = setInterval(renew, renewEveryMs);
  return () => clearInterval(timer);
}

type Machine = { readonly name: string; readonly interfaces: readonly NodeInterface[] };

/** As src/bin/start-agent.ts puts the parts together, but for the data plane and HTTP. */
function startAgent(client: KubeClient, vrrp: StandInVrrp, machine: Machine): () => Promise<void> {
  const { name: node } = machine;
  const log = createLogger('silent', {});
  const wake = (): void => agent.wake();
  const watches = startWatches<AgentKinds>({ client, kinds: agentKinds(node), wake, log });
  const interfaces = async () => machine.interfaces;
  const reporter = new AgentReporter({ node, client, watches, log, interfaces });
  const workers = new StandInPools(node, vrrp);
  const metrics = createMetrics();
  const keys = new KeyRing({ client, wake, log });
  const agent = new Agent({ node, watches, workers, reporter, keys, log, metrics });
  vrrp.joined(node, wake);
  return async () => {
    await agent.stop();
    await watches.stop();
    await keys.stop();
  };
}

function interfaceOf(index: number): NodeInterface {
  const texts = [`10.77.0.${index}/24`, `fd00:10:77::${index}/64`];
  const prefixes = texts.map(parsePrefix).flatMap((prefix) => (prefix.ok ? [prefix.value] : []));
  return { name: 'eth0', mac: `02:00:00:00:00:0${index}`, prefixes };
}
