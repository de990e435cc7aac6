import type { EndpointSlice, Instance, Pool, Service, Vip } from '../model/objects.ts';

/** Everything one node's desired state is made from. Lists may come in any order. */
export type NodeSnapshot = {
  readonly node: string;
  /** The zone it is in, by its label; undefined: it has none. */
  readonly zone: string | undefined;
  readonly pools: readonly Pool[];
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly vips: readonly Vip[];
  readonly instances: readonly Instance[];
  /**
   * Pools that left files on this node: they are emptied when nothing names this node for them any
   * more.
   */
  readonly knownPools: readonly string[];
};
