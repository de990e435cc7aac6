import { z } from 'zod';
import { labelName, list, text, wholeNumber } from './fields.ts';
import { checked, notImplemented } from './rules.ts';
import { selector } from './selector.ts';

/**
 * Fields of a VipPool that are in the schema from the start and that nothing implements yet: any
 * value but the default is refused with a sentence that says so, never ignored (design.md section
 * 8).
 */

const intOrString = 'x-kubernetes-int-or-string';

const quota = z.object({
  namespaceSelector: selector('Namespaces that share this quota.'),
  maxAddresses: wholeNumber(0, 1_000_000).describe('Most addresses of each family.'),
});

const reservation = z.object({
  addresses: list(text(96), 16).describe('What is kept free.'),
  namespace: labelName().optional().describe('Whom it is kept for; nobody if left out.'),
  serviceName: labelName().optional().describe('The Service of that namespace, or all.'),
});

export const quotas = checked(list(quota, 32), notImplemented('spec.quotas'))
  .default([])
  .describe('How many addresses namespaces may hold. Not implemented yet.');

export const reservations = checked(list(reservation, 32), notImplemented('spec.reservations'))
  .default([])
  .describe('Addresses kept for certain Services. Not implemented yet.');

export const maxRetainSeconds = checked(wholeNumber(0, 2_592_000), {
  rule: 'self == 0',
  message:
    '`spec.maxRetainSeconds` is not implemented in this version of Fairlead; leave it out or use 0',
  reason: 'FieldValueForbidden',
})
  .default(0)
  .describe('How long an address may be kept for its deleted Service. Not implemented yet.');

export const drainSeconds = checked(wholeNumber(0, 86_400), {
  rule: 'self == 60',
  message:
    '`spec.drainSeconds` is not implemented in this version of Fairlead; leave it out or use 60',
  reason: 'FieldValueForbidden',
})
  .default(60)
  .describe('How long a planned move lets connections finish. Not implemented yet.');

export const gateways = checked(list(text(45), 2), notImplemented('spec.gateways'))
  .default([])
  .describe('Routers by which replies from VIPs leave, one a family. Not implemented yet.');

/** Its schema will be that of VipPolicy.spec. CEL cannot count a map of wholly unknown values. */
const settings = () => z.record(z.string(), z.unknown().meta({ [intOrString]: true }));

export const serviceDefaults = checked(
  settings().meta({ maxProperties: 64 }),
  notImplemented('spec.serviceDefaults'),
)
  .default({})
  .describe('Settings of Services that name none. Not implemented yet.');

export const serviceLimits = checked(
  settings().meta({ maxProperties: 64 }),
  notImplemented('spec.serviceLimits'),
)
  .default({})
  .describe('Settings that Services may change, and how far. Not implemented yet.');
