import * as z from 'zod';
import { ranksPerInstance } from '../tables/limits.ts';
import {
  conditions,
  generation,
  interfaceName,
  listBy,
  objectName,
  poolName,
  text,
  timestamp,
  wholeNumber,
} from './fields.ts';
import { canonicalAddressRule, checked, immutable, type Rule } from './rules.ts';

const member = z.object({
  node: objectName().describe('The node.'),
  address: checked(text(45), canonicalAddressRule).describe('Its address on the segment.'),
  interface: interfaceName().describe('Its interface on the segment.'),
  rank: wholeNumber(0, ranksPerInstance - 1).describe(
    '0 is preferred: priority = 254 - 16 x rank.',
  ),
  state: z
    .enum(['Member', 'Joining', 'Leaving'])
    .describe('Joining waits until the others know it; Leaving has to stop.'),
  sinceGeneration: generation().describe('The others must have applied this generation.'),
  since: timestamp().describe('When the state was set.'),
});

const move = z.object({
  serial: wholeNumber(1, 2_147_483_647).describe('Counts the moves of this instance.'),
  from: objectName().describe('Node that gives the instance up.'),
  to: objectName().describe('Node that is to take it.'),
});

const anchor = checked(text(15), immutable('spec.anchor'), {
  rule: 'isIP(self) && ip(self).family() == 4 && ip(self).isLinkLocalUnicast()',
  message: "must be a link-local IPv4 address, for example '169.254.77.100'",
});

/**
 * VrrpInstance.spec: the lock of a VRID, and what its members must agree on (design.md section 1).
 */
export const vrrpInstanceSpec = z.object({
  segment: checked(
    text(63, '^[0-9a-f][0-9a-f.-]*-[0-9]{1,3}$').min(1),
    immutable('spec.segment'),
  ).describe("The L2 network: its prefix, '/' as '-'."),
  vrid: checked(wholeNumber(1, 255), immutable('spec.vrid')).describe('Virtual router identifier.'),
  pool: checked(poolName(), immutable('spec.pool')).describe('VipPool whose VIPs it carries.'),
  anchor: anchor.describe('The one address in its adverts; link-local, on the loopback.'),
  advertIntervalMilliseconds: wholeNumber(30, 10_000).describe('Time between two adverts.'),
  members: listBy(member, 32, ['node', 'address']).describe('Nodes that may hold it.'),
  move: move.optional().describe('The last planned move.'),
});

/** VrrpInstance.status. */
export const vrrpInstanceStatus = z.object({
  holder: objectName().optional().describe('Node that holds the instance now.'),
  members: text(4096).optional().describe('Names of the members by rank, for printing.'),
  conditions: conditions(),
});

/** Creating the name takes the VRID on its segment (design.md section 1). */
export const vrrpInstanceNameRule: Rule = {
  // Not `== segment + '.' + string(vrid)`: the server's estimate takes string() for boundless and
  // refuses the rule.
  rule: [
    "self.metadata.name.startsWith(self.spec.segment + '.')",
    "&& self.metadata.name.matches('[.][1-9][0-9]{0,2}$')",
    '&& int(self.metadata.name.substring(self.spec.segment.size() + 1)) == self.spec.vrid',
  ].join(' '),
  message: "`metadata.name` must be `spec.segment`, a dot and `spec.vrid`: '10.99.0.0-24.100'",
};

export type VrrpInstanceSpec = z.infer<typeof vrrpInstanceSpec>;
export type VrrpInstanceStatus = z.infer<typeof vrrpInstanceStatus>;
