import * as z from 'zod';
import { awaitedNodesMax, holdersPerVipMax, retainSecondsMax } from '../tables/limits.ts';
import { vipPhases } from '../tables/names.ts';
import {
  conditions,
  labelName,
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
import { canonicalAddressRule, checked, immutable, type Rule } from './rules.ts';

const holderPort = z.object({
  protocol: protocol().describe('Protocol of the Service port.'),
  port: port().describe('Number of the Service port.'),
});

const holder = z.object({
  namespace: labelName().describe('Namespace of the Service.'),
  name: labelName().describe('Name of the Service.'),
  uid: text(64).min(1).describe('UID of the Service; it decides, not the name.'),
  sharingKey: text(63).optional().describe('Services of one namespace and key may share.'),
  retainSeconds: wholeNumber(0, retainSecondsMax)
    .optional()
    .describe('How long the address is to be kept for it once it is deleted.'),
  ports: list(holderPort, 512).default([]).describe('Ports granted on this address.'),
  leavingSince: timestamp()
    .optional()
    .describe('Since when nodes withdraw it, while others stay on the address.'),
});

/** Vip.spec: one allocated address, the lock (allocation.md A4, A5). */
export const vipSpec = z.object({
  address: checked(text(45), canonicalAddressRule, immutable('spec.address')).describe(
    'The address, in its canonical form.',
  ),
  pool: poolName().describe('VipPool the address was taken from.'),
  instance: objectName().describe('VrrpInstance that carries the address.'),
  next: z
    .object({
      pool: poolName().describe('VipPool whose nodes will serve it.'),
      instance: objectName().describe('VrrpInstance that will carry it.'),
    })
    .optional()
    .describe('Where the address goes once that instance is held: its range changed pools.'),
  previousInstance: objectName()
    .optional()
    .describe('VrrpInstance that carried it before, until every node has withdrawn it there.'),
  phase: z
    .enum(vipPhases)
    .describe(
      'Held and Stranded serve; Releasing is being withdrawn; Cooling is passed over; Retained is kept for its deleted Service; Quarantined may still be served by a node that is cut off.',
    ),
  phaseSince: timestamp().describe('When the phase began.'),
  holders: listBy(holder, holdersPerVipMax, ['uid'])
    .optional()
    .describe('The Services that have the address; when it is Retained, for whom it is kept.'),
  awaitedNodes: list(objectName(), awaitedNodesMax)
    .optional()
    .describe(
      'Releasing and Quarantined: nodes that are to confirm that they withdrew it, and have not yet.',
    ),
});

/** Vip.status. */
export const vipStatus = z.object({
  node: objectName().optional().describe('Node that holds the address now.'),
  services: text(4096).optional().describe('The Services that have it, for printing.'),
  conditions: conditions(),
});

const group = '(0|[1-9a-f][0-9a-f]{0,3})';
const isIpv6Name = `self.metadata.name.matches('^${group}(-${group}){7}$')`;

/** The name is the address in one form only, so that creating it twice is impossible (A4). */
export const vipNameRule: Rule = {
  rule: [
    'ip(self.spec.address).family() == 4 ? self.metadata.name == self.spec.address',
    `: ${isIpv6Name}`,
    "&& ip(self.metadata.name.replace('-', ':')) == ip(self.spec.address)",
  ].join(' '),
  message:
    "`metadata.name` must be `spec.address`; of IPv6 all eight groups with dashes, for example '2001-db8-0-0-0-0-0-1'",
};

export type VipSpec = z.infer<typeof vipSpec>;
export type VipStatus = z.infer<typeof vipStatus>;
