import { allocate } from '../../src/allocate/allocate.ts';
import type { ClusterSnapshot, Service } from '../../src/model/objects.ts';
import { formatAddress } from '../../src/net/format-address.ts';
import { clusterStatus } from '../../src/status/cluster-status.ts';
import { applied, reporting, written } from './cluster.ts';

/** Rounds until a healthy cluster has nothing more to do; more means that it never has. */
const roundsMax = 20;

/**
 * The cluster after everybody did what there was to do: the API server took every write, node-1
 * holds every instance, and every agent reports what it was told. Time stands still.
 */
export function converged(
  snapshot: ClusterSnapshot,
  but: Parameters<typeof reporting>[2] = {},
): ClusterSnapshot {
  let now = snapshot;
  for (let round = 0; round < roundsMax; round += 1) {
    const next = oneRound(now, but);
    if (next === undefined) return now;
    now = next;
  }
  throw new Error('it does not converge');
}

/** The cluster one run later, or `undefined` when the run writes nothing. */
export function oneRound(
  snapshot: ClusterSnapshot,
  but: Parameters<typeof reporting>[2] = {},
): ClusterSnapshot | undefined {
  const allocation = allocate(snapshot);
  const status = clusterStatus(snapshot, allocation);
  const isQuiet = allocation.operations.length + status.statuses.length === 0;
  if (isQuiet) return undefined;
  return reporting(written(applied(snapshot, allocation.operations), status), 'node-1', but);
}

/** What each Service has, by its name: its addresses, or the code of its refusal. */
export function results(snapshot: ClusterSnapshot): Record<string, string | undefined> {
  const { outcomes } = allocate(snapshot);
  const entries = snapshot.services.map((service) => {
    const outcome = outcomes.get(service.uid);
    if (outcome?.kind === 'granted') {
      return [service.name, outcome.vips.map((vip) => formatAddress(vip.address)).join(' ')];
    }
    return [service.name, outcome?.kind === 'refused' ? outcome.reason.code : outcome?.kind];
  });
  return Object.fromEntries(entries);
}

/** What a held Service is told, codes in order of importance; empty for others. */
export function notesOf(snapshot: ClusterSnapshot, { uid }: Pick<Service, 'uid'>): string[] {
  const outcome = allocate(snapshot).outcomes.get(uid);
  return outcome?.kind === 'granted' ? outcome.notes.map(({ code }) => code) : [];
}

/** `10.40.0.8 Held shop/a,shop/b`, one line a Vip, by name. */
export function vipLines({ vips }: ClusterSnapshot): string[] {
  return vips
    .map(({ name, phase, holders }) => {
      const names = holders.map((holder) => `${holder.namespace}/${holder.name}`).sort();
      return `${name} ${phase}${names.length === 0 ? '' : ` ${names.join(',')}`}`;
    })
    .sort();
}
