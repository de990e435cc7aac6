import * as z from 'zod';
import { retainSecondsMax } from '../tables/limits.ts';
import { conditions, generation, list, listBy, text, textMap, wholeNumber } from './fields.ts';
import { addressRangeRules, checked, excludedRangeRules } from './rules.ts';
import { selector } from './selector.ts';
import { serviceDefaults, serviceLimits } from './service-settings.ts';
import { announce, rebalance } from './vip-pool-announce.ts';
import * as planned from './vip-pool-planned.ts';
import { quotas, reservations } from './vip-pool-tenancy.ts';

const toleration = z.object({
  key: text(317).optional().describe('Taint key; every key if left out.'),
  operator: z.enum(['Exists', 'Equal']).optional().describe("'Equal' if left out."),
  value: text(63).optional().describe('Taint value.'),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .optional()
    .describe('Taint effect; every effect if left out.'),
  tolerationSeconds: wholeNumber(0, 2_147_483_647).optional().describe('For NoExecute only.'),
});

/** No pattern: the API server would print it and skip the sentence. */
const poolInterface = checked(text(15), {
  rule: "self.matches('^[A-Za-z0-9][A-Za-z0-9_.-]*$')",
  message: "must be the name of a network interface of the nodes, for example 'eth0' or 'bond0.20'",
});

/** VipPool.spec (design.md section 1). Only `addresses` is required. */
export const vipPoolSpec = z.object({
  addresses: list(checked(text(96), ...addressRangeRules), 64)
    .min(1)
    .describe('Addresses for VIPs: CIDRs, from-to ranges, single addresses, of both families.'),
  excludedAddresses: list(checked(text(96), ...excludedRangeRules), 64)
    .default([])
    .describe("Addresses never given out, written like addresses; also '*.0' and '*.255'."),
  assignment: z
    .enum(['Automatic', 'OnRequest'])
    .default('Automatic')
    .describe('Whether Services get addresses by themselves, or only if they ask for this pool.'),
  addressRequests: z
    .enum(['Allowed', 'Denied'])
    .default('Allowed')
    .describe('Whether a Service may ask for a certain address of this pool.'),
  priority: wholeNumber(0, 1_000_000)
    .default(0)
    .describe('Among pools that match a Service 1 goes first; 0 goes last.'),
  namespaceSelector: selector('Namespaces whose Services may use this pool; empty means all.'),
  serviceSelector: selector('Services that may use this pool; empty means all.'),
  quotas,
  reservations,
  coolDownSeconds: wholeNumber(0, 604_800)
    .default(60)
    .describe('How long a released address is passed over while another one is free.'),
  maxRetainSeconds: wholeNumber(0, retainSecondsMax)
    .default(0)
    .describe('How long Services may have their address kept after they are deleted.'),
  strandedPolicy: z
    .enum(['Keep', 'Reassign'])
    .default('Keep')
    .describe(
      'What becomes of an address in use that this pool no longer contains: it stays, or its Services get another one, one after another.',
    ),
  nodeSelector: textMap(32)
    .default({})
    .describe(
      'Nodes that serve this pool; empty means all. One it selects no more serves until others do.',
    ),
  tolerations: list(toleration, 32).default([]).describe("Taints that this pool's pods tolerate."),
  interfaces: list(poolInterface, 16)
    .default([])
    .describe('Interfaces that carry VIPs; empty means the one whose network contains the VIP.'),
  gateways: planned.gateways,
  announce,
  rebalance,
  icmpEcho: z
    .enum(['Allowed', 'Denied'])
    .default('Allowed')
    .describe('Whether VIPs answer to ping. Other ICMP passes in any case: TCP needs it.'),
  serviceDefaults,
  serviceLimits,
  drainSeconds: planned.drainSeconds,
});

const count = () => text(40, '^[0-9]+$');
const usage = z.object({
  family: z.enum(['IPv4', 'IPv6']).describe('Which addresses are counted.'),
  size: count().describe('Addresses in all, without the excluded ones.'),
  used: count().describe('Addresses that Services hold.'),
  free: count().describe('Addresses that can be given out at once.'),
  cooling: count().optional().describe('Released addresses that are passed over for a while.'),
  retained: count().optional().describe('Addresses kept for Services that were deleted.'),
  reserved: count().optional().describe('Reserved addresses that nobody holds.'),
  quarantined: count()
    .optional()
    .describe('Released addresses that a cut-off node may still serve.'),
  stranded: count().optional().describe('Held addresses that this pool no longer contains.'),
});

/**
 * VipPool.status. Counts are decimal texts: an IPv6 range has more addresses than a number can say.
 */
export const vipPoolStatus = z.object({
  observedGeneration: generation().optional().describe('The spec that this status is about.'),
  conditions: conditions(),
  addresses: listBy(usage, 2, ['family']).optional().describe('How many addresses there are.'),
  waitingServices: wholeNumber(0, 2_147_483_647)
    .optional()
    .describe('Services that wait for an address of this pool.'),
  vrids: z
    .object({
      used: wholeNumber(0, 255).describe('VRIDs that VRRP instances of this pool have.'),
      free: wholeNumber(0, 255).describe('VRIDs of `spec.announce.vrrp.vridRange` left to it.'),
    })
    .optional()
    .describe('How many VRRP instances there are, and can still be.'),
  classlessServices: wholeNumber(0, 2_147_483_647)
    .optional()
    .describe('LoadBalancer Services without a class, which nobody serves.'),
});

export type VipPoolSpec = z.infer<typeof vipPoolSpec>;
export type VipPoolStatus = z.infer<typeof vipPoolStatus>;
