import type { RawObject } from './raw-object.ts';

/** The fields of coordination.k8s.io/v1 LeaseSpec that an election reads. */
export type LeaseRecord = {
  /** '' = released. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly transitions: number;
  readonly renewTime: string;
};

/** Reads a Lease; what is missing counts as released. */
export function leaseRecordOf(lease: RawObject): LeaseRecord {
  const spec = (lease['spec'] ?? {}) as Readonly<Record<string, unknown>>;
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, renewTime } = spec;
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    leaseMs: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds * 1000 : 0,
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
    renewTime: typeof renewTime === 'string' ? renewTime : '',
  };
}

/** A record and when, on our own monotonic clock, we first saw it as it is now. */
export type LeaseSighting = { readonly record: LeaseRecord; readonly seenMs: number };

/** Keeps the time of the first sighting for as long as nothing changes. */
export function sighted(
  before: LeaseSighting | undefined,
  record: LeaseRecord,
  nowMs: number,
): LeaseSighting {
  const isSame =
    before !== undefined &&
    before.record.holder === record.holder &&
    before.record.renewTime === record.renewTime &&
    before.record.transitions === record.transitions;
  return isSame ? before : { record, seenMs: nowMs };
}

/**
 * May we take the Lease? Clocks of other machines are not asked: only how long the record stood
 * still before our eyes (R84).
 */
export function isFree(sighting: LeaseSighting, identity: string, nowMs: number): boolean {
  const { record, seenMs } = sighting;
  if (record.holder === '' || record.holder === identity) return true;
  return nowMs - seenMs > record.leaseMs;
}
