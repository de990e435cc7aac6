import type { Frontend, FrontendSettings } from '../desired/desired-node.ts';
import type { LineWriter } from './writer.ts';

/** What of a frontend decides how its connections are shared out. */
export type Sharing = Pick<Frontend, 'settings' | 'affinitySeconds'>;

/** HAProxy's words for how connections are shared out (configuration manual, "balance"). */
const algorithms: Readonly<Record<NonNullable<FrontendSettings['balance']>, readonly string[]>> = {
  RoundRobin: ['roundrobin'],
  LeastConnections: ['leastconn'],
  Random: ['random(2)'],
  SourceHash: ['source'],
  First: ['first'],
};

/** The lines of a backend that say how connections are shared out. */
export function balanceLines(w: LineWriter, sharing: Sharing): void {
  w.line('balance', ...algorithms[balanceOf(sharing)]);
  if (isHashed(sharing)) w.line('hash-type', 'consistent');
}

/** Whether a hash of the client's address places it: each unit of a server's weight costs memory. */
export function isHashed(sharing: Sharing): boolean {
  return balanceOf(sharing) === 'SourceHash';
}

/**
 * A client that keeps its server (R51) is placed by its address, unless the Service asks
 * otherwise: a worker or a node whose table does not know it yet comes to the same server (ADR 24).
 */
function balanceOf({ settings, affinitySeconds }: Sharing): keyof typeof algorithms {
  return settings?.balance ?? (affinitySeconds === undefined ? 'RoundRobin' : 'SourceHash');
}
