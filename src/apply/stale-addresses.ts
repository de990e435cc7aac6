import type { DesiredKeepalived } from '../desired/desired-node.ts';
import type { KernelAddress } from './kernel-addresses.ts';

/** What decides which addresses an unclean end of Keepalived left behind. */
export type StaleInput = {
  readonly kernel: readonly KernelAddress[];
  /**
   * Every address this pool's Keepalived was ever told to hold here and that may still be there.
   */
  readonly record: readonly string[];
  readonly desired: DesiredKeepalived;
  /** Keepalived's supervisor runs: it removes by itself what its file names. */
  readonly supervised: boolean;
};

/**
 * The addresses to remove: Keepalived's mark, this pool's record, and nobody wants them here. While
 * no Keepalived runs, the wanted ones go as well, because a backup holds them by now; those of an
 * instance without peers stay, nobody else could.
 */
export function staleAddresses({
  kernel,
  record,
  desired,
  supervised,
}: StaleInput): KernelAddress[] {
  const recorded = new Set(record);
  const kept = new Set(
    desired.instances
      .filter((instance) => supervised || instance.peers.length === 0)
      .flatMap((instance) => [instance.anchor, ...instance.vips.map((vip) => vip.address)]),
  );
  return kernel.filter(
    ({ address, keepalived }) => keepalived && recorded.has(address) && !kept.has(address),
  );
}

/** All addresses a desired Keepalived may put on this node. */
export function addressesOf(desired: DesiredKeepalived): string[] {
  return desired.instances.flatMap((instance) => [
    instance.anchor,
    ...instance.vips.map((vip) => vip.address),
  ]);
}
