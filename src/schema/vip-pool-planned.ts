import { list, text, wholeNumber } from './fields.ts';
import { checked, notImplemented } from './rules.ts';

/**
 * Fields of a VipPool that are in the schema from the start and that nothing implements yet: any
 * value but the default is refused with a sentence that says so, never ignored (design.md section
 * 8).
 */

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
