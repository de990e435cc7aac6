import type { VipPhase } from '../model/objects.ts';
import type { Address } from '../net/address.ts';
import type { Reason } from '../tables/reasons.ts';

/** What one Service has or why not; never half of either (A3). */
export type Outcome = Granted | RefusedOutcome | Preparing;

/** It holds addresses; `notes` say what it would like to have and cannot (A31, A43, A48, A49). */
export type Granted = {
  readonly kind: 'granted';
  readonly pool: string;
  /** In the order of the Service's families, primary first (A40). */
  readonly vips: readonly GrantedVip[];
  readonly notes: readonly Reason[];
};

export type GrantedVip = {
  readonly name: string;
  readonly address: Address;
  readonly instance: string;
  readonly phase: VipPhase;
};

/** It holds nothing and waits. */
export type RefusedOutcome = { readonly kind: 'refused'; readonly reason: Reason };

/** Our finalizers are to stand on it before anything is allocated (R6). */
export type Preparing = { readonly kind: 'preparing' };
