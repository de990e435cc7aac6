import type { Allocation } from '../allocate/allocate.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { fieldsOf, listOf, textOf } from '../model/raw.ts';
import type { Metrics } from '../observe/metrics.ts';
import { addressUses } from '../status/pool-usage.ts';
import { metrics as table } from '../tables/metrics.ts';

/**
 * Says in numbers what a run found: addresses by pool, family and use; waiting Services by reason.
 */
export function measureAllocation(
  metrics: Metrics,
  snapshot: ClusterSnapshot,
  allocation: Allocation,
): void {
  const addresses = metrics.gauge(table.poolAddresses);
  addresses.reset();
  for (const { name, statusText } of snapshot.pools) {
    for (const usage of listOf(fieldsOf(parsed(statusText))['addresses']).map(fieldsOf)) {
      for (const use of addressUses) {
        const family = textOf(usage['family']);
        addresses.set({ pool: name, family, use }, Number(textOf(usage[use], '0')));
      }
    }
  }
  const waiting = metrics.gauge(table.waitingServices);
  waiting.reset();
  for (const outcome of allocation.outcomes.values()) {
    if (outcome.kind === 'refused') waiting.inc({ reason: outcome.reason.code });
  }
}

function parsed(text: string): unknown {
  return text === '' ? {} : JSON.parse(text);
}
