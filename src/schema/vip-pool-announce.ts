import * as z from 'zod';
import { membersPerInstanceMax } from '../tables/limits.ts';
import { list, text, wholeNumber } from './fields.ts';
import { checked, notImplemented, onlyImplemented } from './rules.ts';

const lowest = "int(self.split('-')[0])";
const highest = "int(self.split('-')[1])";
const isVridRange = "self.matches('^[0-9]{1,3}-[0-9]{1,3}$')";

/**
 * No pattern beside the rule: the API server would print the pattern as well, and skip the
 * sentence.
 */
const vridRange = checked(
  text(7),
  { rule: isVridRange, message: "must be two numbers with a dash, for example '100-199'" },
  {
    rule: `!${isVridRange} || (${lowest} >= 1 && ${highest} <= 255 && ${lowest} <= ${highest})`,
    message: 'must lie between 1 and 255 (RFC 9568), the lower VRID first',
  },
);

const vrrp = z.object({
  advertIntervalMilliseconds: checked(wholeNumber(30, 10_000), {
    rule: 'self % 10 == 0',
    message: 'must be a multiple of 10: VRRP counts in hundredths of a second (RFC 9568)',
  })
    .default(100)
    .describe('Time between two adverts. A takeover takes about three and a half of them.'),
  transport: checked(
    z.enum(['Unicast', 'Multicast']),
    onlyImplemented('spec.announce.vrrp.transport', 'Unicast'),
  )
    .default('Unicast')
    .describe('How adverts travel.'),
  maxMembers: wholeNumber(1, membersPerInstanceMax)
    .default(5)
    .describe('Most nodes that share one VRRP instance.'),
  vridRange: vridRange
    .default('100-199')
    .describe('VRIDs this pool may use. A VRID is unique on its segment over all pools.'),
});

/** spec.announce: how the network learns where a VIP is. */
export const announce = z
  .object({
    mode: checked(z.enum(['VRRP', 'BGP']), onlyImplemented('spec.announce.mode', 'VRRP'))
      .default('VRRP')
      .describe('How the network learns which node answers.'),
    vrrp: vrrp.prefault({}).describe('Settings of the mode VRRP.'),
  })
  .prefault({})
  .describe('How the network learns where a VIP is.');

const window = z.object({
  startTime: text(5, '^([01][0-9]|2[0-3]):[0-5][0-9]$').describe('Begin, hours and minutes.'),
  durationMinutes: wholeNumber(1, 1440).describe('Length of the window.'),
  timeZone: text(64).optional().describe('IANA time zone; UTC if left out.'),
});

/** spec.rebalance: when VIPs are moved to spread them anew. */
export const rebalance = z
  .object({
    policy: checked(
      z.enum(['WhenNew', 'OnRequest', 'Window']),
      onlyImplemented('spec.rebalance.policy', 'WhenNew'),
    )
      .default('WhenNew')
      .describe('When VIPs are moved only to spread them: once, when an instance is new.'),
    windows: checked(list(window, 16), notImplemented('spec.rebalance.windows'))
      .default([])
      .describe('Times in which VIPs may be moved. Not implemented yet.'),
  })
  .prefault({})
  .describe('When VIPs are moved only to spread them over the nodes.');
