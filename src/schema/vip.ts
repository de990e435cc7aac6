import { z } from 'zod';
import {
  conditions,
  labelName,
  list,
  objectName,
  poolName,
  port,
  protocol,
  text,
  timestamp,
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
  ports: list(holderPort, 512).default([]).describe('Ports granted on this address.'),
});

/** Vip.spec: one allocated address, the lock (allocation.md A4, A5). */
export const vipSpec = z.object({
  address: checked(text(45), canonicalAddressRule, immutable('spec.address')).describe(
    'The address, in its canonical form.',
  ),
  pool: poolName().describe('VipPool the address was taken from.'),
  instance: objectName().describe('VrrpInstance that carries the address.'),
  phase: z
    .enum(['Held', 'Stranded', 'Releasing', 'Cooling'])
    .describe('Held and Stranded serve; Releasing is being withdrawn; Cooling is passed over.'),
  phaseSince: timestamp().describe('When the phase began.'),
  holder: holder.optional().describe('The Service that has the address.'),
});

/** Vip.status. */
export const vipStatus = z.object({
  node: objectName().optional().describe('Node that holds the address now.'),
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
