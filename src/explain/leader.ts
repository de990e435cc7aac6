import { type Reason, reason } from '../tables/reasons.ts';
import { duration } from './duration.ts';
import type { LeaderLease, Reading } from './picture.ts';

/** Who leads the controllers, as far as it could be read. */
export type Leader = {
  /** Name of the Lease, `namespace/name`. */
  readonly lease: string;
  /** The replica that leads, or `null`. */
  readonly holder: string | null;
  readonly renewedSecondsAgo: number | null;
  /** False: nobody decides anything new. */
  readonly leads: boolean;
};

/** What a leader is judged by. */
export type Led = {
  readonly lease: Reading['lease'];
  readonly snapshot: Pick<Reading['snapshot'], 'nowMs'>;
};

/** Judges the leader Lease; `undefined` where it could not be read. */
export function leaderOf({ lease, snapshot }: Led): Leader | undefined {
  if (lease === undefined) return undefined;
  const agoMs = lease.renewedMs === undefined ? null : snapshot.nowMs - lease.renewedMs;
  return {
    lease: lease.name,
    holder: lease.holder === '' ? null : lease.holder,
    renewedSecondsAgo: agoMs === null ? null : Math.max(0, Math.round(agoMs / 1000)),
    leads: isLed(lease, snapshot.nowMs),
  };
}

/** Whether a controller holds the Lease and has renewed it in time. */
export function isLed(lease: LeaderLease, nowMs: number): boolean {
  if (lease.holder === '' || lease.renewedMs === undefined) return false;
  return nowMs <= lease.renewedMs + lease.leaseMs;
}

/** Why nobody leads; `undefined` when somebody does, or when the Lease could not be read. */
export function whyNoLeader({ lease, snapshot }: Led): Reason | undefined {
  if (lease === undefined || isLed(lease, snapshot.nowMs)) return undefined;
  const { holder, renewedMs, name } = lease;
  if (renewedMs === undefined) return reason('NoLeader', { why: `there is no Lease ${name}` });
  const ago = duration(snapshot.nowMs - renewedMs);
  const last = holder === '' ? 'the last one released it' : `${holder} was the last`;
  return reason('NoLeader', { why: `Lease ${name} was renewed ${ago} ago; ${last}` });
}
