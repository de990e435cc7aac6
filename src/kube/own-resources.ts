import { apiGroup } from '../tables/names.ts';
import type { Resource } from './api-path.ts';

const own = { group: apiGroup, version: 'v1alpha1' } as const;

/** Fairlead's own kinds, all cluster-scoped. */
export const ownResources = {
  vipPools: { ...own, plural: 'vippools', kind: 'VipPool' },
  vips: { ...own, plural: 'vips', kind: 'Vip' },
  vrrpInstances: { ...own, plural: 'vrrpinstances', kind: 'VrrpInstance' },
  vipNodes: { ...own, plural: 'vipnodes', kind: 'VipNode' },
} as const satisfies Record<string, Resource>;
