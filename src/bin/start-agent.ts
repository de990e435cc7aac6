import { AddressMonitor } from '../apply/address-monitor.ts';
import { readKernelSettings } from '../apply/kernel-settings.ts';
import { NftTables } from '../apply/nft.ts';
import { clusterAccess } from '../kube/access.ts';
import { resourceOfPath } from '../kube/api-path.ts';
import { createClient } from '../kube/client.ts';
import { Agent } from '../loop/agent.ts';
import { type AgentKinds, agentKinds } from '../loop/agent-kinds.ts';
import { AgentReporter } from '../loop/agent-reporter.ts';
import { flowTrafficText } from '../loop/flow-traffic.ts';
import { KeyRing } from '../loop/key-ring.ts';
import { measureNode } from '../loop/node-metrics.ts';
import { NodePools } from '../loop/node-pools.ts';
import { DataPlaneWorker } from '../loop/pool-worker.ts';
import { serverFigures } from '../loop/server-figures.ts';
import { serviceTraffic } from '../loop/service-traffic.ts';
import { startWatches } from '../loop/watches.ts';
import { parseInterfaces } from '../model/parse-interfaces.ts';
import { parseHttpAddress, serveHttp } from '../observe/http.ts';
import { createLogger } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { kernelTroubles } from '../plan/kernel-settings.ts';
import { metrics as table } from '../tables/metrics.ts';
import { readFlags } from './flags.ts';
import { garbageCollector } from './memory-settings.ts';
import { ownPod } from './own-pod.ts';
import { onSignals } from './process-end.ts';
import { serverList } from './server-list.ts';

const flags = {
  node: { help: 'name of this Node, usually from the downward API' },
  servers: { default: '', help: 'API server URLs in order of preference, comma separated' },
  kubeconfig: {
    default: '',
    help: 'kubeconfig file; empty = $KUBECONFIG, or the pod’s service account',
  },
  'http-address': { default: '127.0.0.1:7946', help: 'where /metrics, /livez and /readyz listen' },
  'log-level': { default: 'info', help: 'debug, info, warn or error' },
} as const;

/**
 * Runs the agent of one node until a signal ends the process. Its end changes nothing on the node.
 */
export async function startAgent(args: string[]): Promise<void> {
  const given = readFlags('agent', flags, args);
  const log = createLogger(given['log-level'], { component: 'agent', node: given.node });
  const metrics = createMetrics();
  const client = createClient({
    access: await clusterAccess(given.kubeconfig, ownPod),
    ...serverList(given.servers),
    onCall: ({ method: verb, path, code }) =>
      metrics.counter(table.apiRequests).inc({ verb, resource: resourceOfPath(path), code }),
  });
  const wake = () => agent.wake();
  const watches = startWatches<AgentKinds>({ client, kinds: agentKinds(given.node), wake, log });
  const monitor = new AddressMonitor(wake);
  const tables = new NftTables();
  const workers = new NodePools(
    (pool) =>
      new DataPlaneWorker({
        ...{ pool, wake, log, metrics, table: tables.of(pool) },
        addresses: async () => (await monitor.addresses()).addresses,
        movesDone: (instance) =>
          watches.values('vipNode')[0]?.status?.instances?.find((i) => i.name === instance)
            ?.moveSerial ?? 0,
      }),
  );
  const reporter = new AgentReporter({
    ...{ node: given.node, client, watches, log },
    interfaces: async () => parseInterfaces(JSON.parse((await monitor.addresses()).text || '[]')),
    kernelTroubles: async () => kernelTroubles(await readKernelSettings()),
  });
  const keys = new KeyRing({ client, wake, log });
  const collectGarbage = garbageCollector(3);
  const agent = new Agent({
    ...{ node: given.node, watches, workers, reporter, keys, collectGarbage, log, metrics },
  });
  monitor.open();
  await serveHttp(parseHttpAddress(given['http-address']), {
    alive: () => true,
    ready: () => ({
      ready: watches.isSynced(),
      why: `waiting for ${watches.missing().join(', ')}`,
    }),
    metrics: async () => {
      metrics.gauge(table.synced).set(watches.isSynced() ? 1 : 0);
      const pools = await workers.known();
      await measureNode(metrics, pools);
      const asked = [metrics.text(), serviceTraffic(pools), flowTrafficText(pools, tables)];
      return (await Promise.all(asked)).join('');
    },
    servers: async (query) => {
      const { namespace, service } = Object.fromEntries(query);
      const filter = { ...(namespace && { namespace }), ...(service && { service }) };
      return await serverFigures(await workers.known(), filter);
    },
  });
  log.info('agent-started', { address: given['http-address'] });
  onSignals(log, async () => {
    await agent.stop();
    monitor.close();
    await watches.stop();
    await keys.stop();
    client.close();
  });
}
