import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The kernel's settings of connection tracking. */
export const trackingSettings = '/proc/sys/net/netfilter';

/**
 * Why SCTP cannot be tested here; undefined when it can. The kernel is asked, not the code under
 * test; of one that has not loaded its tracking nothing is known, and the tests run.
 */
export function lacksSctp(): string | undefined {
  // Counting flows loads the module.
  spawnSync('conntrack', ['-C']);
  const has = (name: string): boolean => existsSync(`${trackingSettings}/${name}`);
  if (!has('nf_conntrack_max') || has('nf_conntrack_sctp_timeout_established')) return undefined;
  return 'this kernel does not track SCTP (CONFIG_NF_CT_PROTO_SCTP)';
}
