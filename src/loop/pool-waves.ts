import type { DesiredPool } from '../desired/desired-node.ts';

/** What each pool's daemons of this node were last told to serve. */
export type ServedByPool = ReadonlyMap<string, ReadonlySet<string>>;

/** The addresses a pool is to serve. */
export function servedAddresses({ haproxy, keepalived }: DesiredPool): ReadonlySet<string> {
  const vips = keepalived.instances.flatMap((instance) => instance.vips);
  return new Set([...haproxy.frontends, ...vips].map(({ address }) => address));
}

/**
 * In which order pools are brought to what is desired: first all that take no address from another,
 * then the others (A47). Keepalived of the new pool must add the address after that of the old one
 * took it off, or the old one would take it off the new one.
 */
export function poolWaves(
  served: ServedByPool,
  pools: readonly DesiredPool[],
): readonly (readonly DesiredPool[])[] {
  const takes = (pool: DesiredPool) =>
    [...servedAddresses(pool)].some((address) =>
      [...served].some(([other, addresses]) => other !== pool.pool && addresses.has(address)),
    );
  return [pools.filter((pool) => !takes(pool)), pools.filter(takes)];
}
