import { by, byEach } from '../lib/order.ts';
import { formatTimestamp } from '../model/timestamp.ts';
import type { SecretReport } from '../status/vip-node-status.ts';
import { certificateWarningMs } from '../tables/limits.ts';
import type { ResolvedKey } from './key-ring.ts';

/**
 * What is wrong with the keys of a pool, for each Service that wants one: it cannot be read,
 * HAProxy does not take it, or its time is over or nearly so. Nothing for those that are well.
 */
export function keyReports(
  keys: readonly ResolvedKey[],
  {
    refusals,
    nowMs,
  }: { readonly refusals: Readonly<Record<string, string>>; readonly nowMs: number },
): readonly SecretReport[] {
  return keys
    .flatMap((key) => {
      const trouble = troubleOf(key, refusals[key.file], nowMs);
      if (trouble === undefined) return [];
      return key.services.map((service) => ({ service, secret: key.secret, ...trouble }));
    })
    .sort(
      byEach(
        by((report) => report.service),
        by((report) => report.secret),
      ),
    );
}

function troubleOf(
  { trouble, inspected }: ResolvedKey,
  refused: string | undefined,
  nowMs: number,
): Pick<SecretReport, 'reason' | 'message'> | undefined {
  if (trouble !== undefined) return { reason: trouble.code, message: trouble.why };
  if (refused !== undefined) return { reason: 'SecretInvalid', message: refused };
  const leftMs = inspected.notAfterMs - nowMs;
  if (leftMs > certificateWarningMs) return undefined;
  const message = formatTimestamp(inspected.notAfterMs);
  return { reason: leftMs <= 0 ? 'CertificateExpired' : 'CertificateExpiring', message };
}
