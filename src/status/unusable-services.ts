import type { DesiredPool } from '../desired/desired-node.ts';
import { by, byEach } from '../lib/order.ts';
import type { ReportedOther } from '../model/objects.ts';

/**
 * The other Services that Services of a pool name and that give no servers, each once however many
 * ports and families it is named for, sorted.
 */
export function unusableServices({
  haproxy,
  flows,
}: Pick<DesiredPool, 'haproxy' | 'flows'>): readonly ReportedOther[] {
  const found = new Map<string, ReportedOther>();
  const frontends = [
    ...haproxy.frontends.map(({ service, canary, backup }) => ({ service, of: [canary, backup] })),
    ...flows.map(({ service, backup }) => ({ service, of: [backup] })),
  ];
  for (const { service, of } of frontends) {
    for (const named of of) {
      if (named?.problem === undefined) continue;
      const { service: other, problem: why } = named;
      found.set(`${service} ${other} ${why}`, { service, other, why });
    }
  }
  const order = byEach<ReportedOther>(
    by(({ service }) => service),
    by(({ other }) => other),
    by(({ why }) => why),
  );
  return [...found.values()].toSorted(order);
}
