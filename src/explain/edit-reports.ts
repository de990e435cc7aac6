import type { Leftover } from './leftovers.ts';

/** What `reassign` tells. */
export type ReassignReport = {
  readonly kind: 'ReassignReport';
  readonly moves: readonly Move[];
};

/** One Service's way from stranded addresses to others. */
export type Move = {
  /** `namespace/name`. */
  readonly service: string;
  readonly from: readonly string[];
  /** Empty until the new addresses are published. */
  readonly to: readonly string[];
  readonly done: boolean;
  /** Why it is not done, if that is known. */
  readonly why: string | null;
};

/** What `reserve` tells. */
export type ReserveReport = {
  readonly kind: 'ReserveReport';
  readonly pool: string;
  readonly addresses: readonly string[];
  readonly namespace: string | null;
  readonly service: string | null;
  /** False: it was reserved so already. */
  readonly changed: boolean;
  /** `192.0.2.10 is held by shop/web`: others, who keep it until they release it. */
  readonly heldByOthers: readonly string[];
};

/** What `release` tells. */
export type ReleaseReport = {
  readonly kind: 'ReleaseReport';
  /** Vips that are gone, and what they were. */
  readonly released: readonly { readonly address: string; readonly was: string }[];
  /** With --reservation: the pool, and the addresses no longer reserved in it. */
  readonly pool: string | null;
  readonly reservations: readonly string[];
};

/** What `uninstall` tells. */
export type UninstallReport = {
  readonly kind: 'UninstallReport';
  /** True: nothing was done. */
  readonly dryRun: boolean;
  /** Why it would be refused as things are. */
  readonly blockedBy: string | null;
  readonly counts: readonly LeftoverCount[];
  /** What to type next. */
  readonly next: readonly string[];
};

/** Objects of one kind. */
export type LeftoverCount = {
  readonly kind: Leftover['kind'];
  /** Objects that finalizers of ours stand on. */
  readonly finalizers: number;
  /** Objects to delete. */
  readonly deletions: number;
  /** Objects still to be done. */
  readonly left: number;
};
