import * as z from 'zod';
import { exceptionsPerNodeMax, withdrawalsPerNodeMax } from '../tables/limits.ts';
import { secretReasons } from '../tables/reasons.ts';
import {
  conditions,
  generation,
  list,
  listBy,
  objectName,
  poolName,
  port,
  protocol,
  text,
  timestamp,
  wholeNumber,
} from './fields.ts';

/** VipNode.spec: nothing yet; the kind exists for what a node's agent reports. */
export const vipNodeSpec = z.object({});

const nodeInterface = z.object({
  name: text(15).min(1).describe('Name of the interface.'),
  mac: text(32).optional().describe('Its hardware address.'),
  addresses: list(text(49), 64)
    .default([])
    .describe("Its own addresses with prefix lengths, for example '10.99.0.11/24'; never VIPs."),
});

const poolReport = z.object({
  name: poolName().describe('VipPool.'),
  ready: z.boolean().describe('Whether haproxy answers and keepalived runs on this node.'),
});

const instanceReport = z.object({
  name: objectName().describe('VrrpInstance.'),
  pool: poolName().describe('Its VipPool.'),
  generation: generation().describe('Generation that keepalived runs with here.'),
  held: z.boolean().describe('Whether this node holds it.'),
  digest: text(128).describe('Digest of its Vips that are programmed here.'),
  moveSerial: wholeNumber(0, 2_147_483_647).default(0).describe('The last planned move done.'),
  disputeSeen: text(40)
    .optional()
    .describe('When the dispute over this instance began, as this node read it: it still holds.'),
});

const portConflict = z.object({
  pool: poolName().describe('VipPool.'),
  address: text(45).describe('The VIP.'),
  port: port().describe('The port that another process has.'),
  service: text(128).describe('The Service whose port is left out, namespace/name.'),
});

const refusal = z.object({
  pool: poolName().describe('VipPool.'),
  service: text(128).describe(
    'The Service whose fault it is, namespace/name; empty: a whole file.',
  ),
  message: text(4096).describe('What was refused, in the words of the daemon.'),
});

const secretTrouble = z.object({
  pool: poolName().describe('VipPool.'),
  service: text(128).describe('The Service that names it, namespace/name.'),
  secret: objectName().describe('The Secret.'),
  reason: z.enum(secretReasons).describe('What is wrong.'),
  message: text(4096).describe('What the reason leaves open.'),
});

const omittedRows = z.object({
  portConflicts: omittedCount(),
  refusals: omittedCount(),
  secrets: omittedCount(),
});

function omittedCount() {
  return wholeNumber(0, 2_147_483_647).default(0).describe('So many further ones there are.');
}

const serverDown = z.object({
  pool: poolName().describe('VipPool.'),
  service: text(128).describe('The Service behind which it is, namespace/name.'),
  port: port().describe('The port of the Service.'),
  server: text(64).describe('Address and port of the pod.'),
  why: text(1024).describe('What its last check came to, in the words of HAProxy.'),
});

const otherService = z.object({
  pool: poolName().describe('VipPool.'),
  service: text(128).describe('The Service that names it, namespace/name.'),
  other: text(63).describe('The Service of its namespace that gives no servers.'),
  why: text(1024).describe('Why it gives none.'),
});

const withdrawal = z.object({
  instance: objectName().describe('VrrpInstance.'),
  digest: text(32).describe('The Vips of the instance that this is said of.'),
});

/**
 * VipNode.status: what one node's agent reports. Never a list per VIP or per server (design.md
 * section 1).
 */
export const vipNodeStatus = z.object({
  interfaces: listBy(nodeInterface, 512, ['name']).optional().describe('Where VIPs could be.'),
  pools: listBy(poolReport, 64, ['name']).optional().describe('The daemons, pool by pool.'),
  instances: listBy(instanceReport, 1024, ['name']).optional().describe('What keepalived runs.'),
  withdrawn: listBy(withdrawal, withdrawalsPerNodeMax, ['instance'])
    .optional()
    .describe('Asked for by a released Vip, and not run here.'),
  heldInstances: wholeNumber(0, 1024).optional().describe('How many it holds, for printing.'),
  portConflicts: list(portConflict, exceptionsPerNodeMax)
    .optional()
    .describe('Ports that could not be opened, at most so many.'),
  refusals: list(refusal, exceptionsPerNodeMax)
    .optional()
    .describe('Configurations that were refused, at most so many.'),
  secrets: list(secretTrouble, exceptionsPerNodeMax)
    .optional()
    .describe('Secrets for TLS that are not as they should be, at most so many.'),
  omitted: omittedRows
    .optional()
    .describe(
      'What the lists have no room for: they have one row of each namespace first, then a second ' +
        'of each, and so on.',
    ),
  serversDown: list(serverDown, exceptionsPerNodeMax)
    .optional()
    .describe('Pods that are ready and fail the checks of this node, at most so many.'),
  unsupportedProtocols: list(protocol(), 3)
    .optional()
    .describe('What the kernel of the node cannot send on to pods; such ports are closed there.'),
  otherServices: list(otherService, exceptionsPerNodeMax)
    .optional()
    .describe('Services named as canary or backup that give no servers, at most so many.'),
  observedTime: timestamp().optional().describe('When this was written.'),
  conditions: conditions(),
});

export type VipNodeStatus = z.infer<typeof vipNodeStatus>;
