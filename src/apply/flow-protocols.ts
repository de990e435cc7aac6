import { existsSync } from 'node:fs';
import type { FlowProtocol } from '../desired/desired-node.ts';
import { run } from './program.ts';

/** The kernel's settings of connection tracking, those of this network namespace. */
const settings = '/proc/sys/net/netfilter';

/**
 * Which protocols this kernel cannot send on: without connection tracking that knows the ports of
 * SCTP (CONFIG_NF_CT_PROTO_SCTP) a rule would load, and change addresses without ports. Such a
 * kernel has no time-outs for it. UDP is in every kernel that tracks at all. Nothing is said of a
 * kernel that tracks nothing; neither could it load any of our rules.
 */
export async function unsupportedProtocols(directory = settings): Promise<FlowProtocol[]> {
  // Listing flows loads the module, where nothing has needed it yet.
  if (!existsSync(`${directory}/nf_conntrack_max`)) await run('conntrack', ['-C']);
  if (!existsSync(`${directory}/nf_conntrack_max`)) return [];
  return existsSync(`${directory}/nf_conntrack_sctp_timeout_established`) ? [] : ['SCTP'];
}
