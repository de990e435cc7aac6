import * as z from 'zod';
import { settingField, settingNames } from '../tables/settings.ts';
import { settingSchema } from './service-settings.ts';

/**
 * VipPolicy.spec: every setting of src/tables/settings.ts by its field's name, so that the API
 * server refuses a wrong value where it is written (design.md section 8).
 */
export const vipPolicySpec = z.object(
  Object.fromEntries(settingNames.map((name) => [settingField(name), settingSchema(name)])),
);

/** Nothing is said of a policy: what became of it stands on the Services that name it. */
export const vipPolicyStatus = z.object({});
