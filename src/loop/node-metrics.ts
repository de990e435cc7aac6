import { readIfThere } from '../apply/files.ts';
import { readKernelSettings } from '../apply/kernel-settings.ts';
import type { Metrics } from '../observe/metrics.ts';
import { parseLimits } from '../plan/descriptors.ts';
import { poolPaths } from '../render/pool-paths.ts';
import { metrics as table } from '../tables/metrics.ts';

/** What the node and its containers let HAProxy have, read at each scrape. */
export async function measureNode(metrics: Metrics, pools: readonly string[]): Promise<void> {
  const { timeWaitReuse, localPorts, listenBacklog, synBacklog } = await readKernelSettings();
  if (timeWaitReuse !== null) metrics.gauge(table.nodeTimeWaitReuse).set(timeWaitReuse);
  if (localPorts !== null) metrics.gauge(table.nodeLocalPorts).set(localPorts);
  if (listenBacklog !== null) metrics.gauge(table.nodeListenBacklog).set(listenBacklog);
  if (synBacklog !== null) metrics.gauge(table.nodeSynBacklog).set(synBacklog);
  const descriptors = metrics.gauge(table.haproxyDescriptorsMax);
  descriptors.reset();
  for (const pool of pools) {
    const limits = parseLimits(await readIfThere(poolPaths(pool).haproxyLimits));
    if (limits !== undefined) descriptors.set({ pool }, limits.descriptors);
  }
}
