import { hostileCluster } from './hostile-cluster.ts';
import type { Json } from './hostile-service.ts';
import type { Tenant } from './hostile-tenant.ts';
import { judgeGood } from './judge-good.ts';
import { judgeLines } from './judge-lines.ts';
import { judgePaths } from './judge-paths.ts';
import { judgePlan } from './judge-plan.ts';
import { judgeServers } from './judge-servers.ts';
import { type Served, served } from './served.ts';

/** Every promise about what tenants come to beside the good Service; throws at the first broken. */
export function judgeAll(tenants: readonly Tenant[], serviceDefaults: Json = {}): Served {
  const crowd = served(hostileCluster(tenants, serviceDefaults));
  for (const judge of [judgeLines, judgePaths, judgeServers, judgePlan]) judge(crowd);
  judgeGood(crowd, served(hostileCluster([], serviceDefaults)));
  return crowd;
}
