import { apiGroup } from '../tables/names.ts';
import type { Resource } from './api-path.ts';

const own = { group: apiGroup, version: 'v1alpha1' } as const;

/** Fairlead's own kinds, cluster-scoped but for VipPolicies. */
export const ownResources = {
  vipPools: { ...own, plural: 'vippools', kind: 'VipPool' },
  vipPolicies: { ...own, plural: 'vippolicies', kind: 'VipPolicy' },
  vips: { ...own, plural: 'vips', kind: 'Vip' },
  vrrpInstances: { ...own, plural: 'vrrpinstances', kind: 'VrrpInstance' },
  vipNodes: { ...own, plural: 'vipnodes', kind: 'VipNode' },
} as const satisfies Record<string, Resource>;
