import * as z from 'zod';
import { listLengthMax, wordLengthMax } from '../tables/settings/setting-row.ts';
import {
  limitedNames,
  pooledNames,
  type SettingName,
  type SettingRow,
  settingField,
  settings,
} from '../tables/settings.ts';
import { text, wholeNumber } from './fields.ts';

/** One setting as a field that may be left out. */
export function settingSchema(name: SettingName) {
  return field(settings[name]);
}

/** VipPool.spec.serviceDefaults: each setting of src/tables/settings.ts, by its field's name. */
export const serviceDefaults = z
  .object(
    Object.fromEntries(pooledNames.map((name) => [settingField(name), field(settings[name])])),
  )
  .default({})
  .describe('Settings of Services that say nothing themselves.');

/** VipPool.spec.serviceLimits: the highest value of each setting that may be more or less. */
export const serviceLimits = z
  .object(
    Object.fromEntries(limitedNames.map((name) => [settingField(name), field(settings[name])])),
  )
  .default({})
  .describe(
    'The highest values that Services have, whatever they say themselves. For who says nothing a ' +
      'limit stands in where that means no limit, and lowers a higher default; it switches nothing on.',
  );

function field(row: SettingRow) {
  return typeOf(row).optional().describe(row.means);
}

function typeOf(row: SettingRow): z.ZodType {
  if (row.kind === 'choice') return z.enum(row.values as [string, ...string[]]);
  if (row.kind === 'count') return wholeNumber(row.min, row.max);
  return text(row.lists === undefined ? wordLengthMax : listLengthMax, row.pattern.source);
}
