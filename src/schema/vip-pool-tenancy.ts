import * as z from 'zod';
import { labelName, list, text, wholeNumber } from './fields.ts';
import { addressRangeRules, checked } from './rules.ts';
import { selector } from './selector.ts';

/** Who may have how many addresses, and which are kept for whom (allocation.md A60, A62). */

const quota = z.object({
  namespaceSelector: selector('Namespaces it is about, each by itself; empty means all.'),
  maxAddresses: wholeNumber(0, 1_000_000).describe(
    'Most addresses of each family that one of these namespaces may hold in this pool.',
  ),
});

const reservation = checked(
  z.object({
    addresses: list(checked(text(96), ...addressRangeRules), 8)
      .min(1)
      .describe('What is kept free: CIDRs, from-to ranges, single addresses.'),
    namespace: labelName().optional().describe('Whom it is kept for; nobody if left out.'),
    serviceName: labelName()
      .optional()
      .describe('The one Service of that namespace; any of its Services if left out.'),
  }),
  {
    rule: '!has(self.serviceName) || has(self.namespace)',
    message: 'must name `namespace` where it names `serviceName`',
  },
);

export const quotas = list(quota, 32)
  .default([])
  .describe('How many addresses namespaces may hold. The lowest quota that fits counts.');

export const reservations = list(reservation, 32)
  .default([])
  .describe('Addresses of this pool that are kept for certain Services, or for nobody.');
