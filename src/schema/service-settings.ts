import { z } from 'zod';
import {
  countNames,
  pooledNames,
  type SettingRow,
  settingField,
  settings,
} from '../tables/settings.ts';
import { text, wholeNumber } from './fields.ts';

/** Longest text of a setting. */
const wordMax = 255;

/** VipPool.spec.serviceDefaults: each setting of src/tables/settings.ts, by its field's name. */
export const serviceDefaults = z
  .object(
    Object.fromEntries(pooledNames.map((name) => [settingField(name), field(settings[name])])),
  )
  .default({})
  .describe('Settings of Services that say nothing themselves.');

/** VipPool.spec.serviceLimits: the highest value of each setting that is a number. */
export const serviceLimits = z
  .object(Object.fromEntries(countNames.map((name) => [settingField(name), field(settings[name])])))
  .default({})
  .describe('The highest values that Services have, whatever they say themselves.');

function field(row: SettingRow) {
  return typeOf(row).optional().describe(row.means);
}

function typeOf(row: SettingRow): z.ZodType {
  if (row.kind === 'choice') return z.enum(row.values as [string, ...string[]]);
  if (row.kind === 'count') return wholeNumber(row.min, row.max);
  return text(wordMax, row.pattern.source);
}
