/**
 * What the owner of a Service may set about its traffic: one row a setting, from which come the
 * annotation, its parser, its bounds and the reference page (design.md section 8).
 */
import { clientSettings } from './settings/client-settings.ts';
import { healthSettings } from './settings/health-settings.ts';
import { httpSettings } from './settings/http-settings.ts';
import { serverSettings } from './settings/server-settings.ts';
import type { SettingRow } from './settings/setting-row.ts';
import { shareSettings } from './settings/share-settings.ts';
import { tlsSettings } from './settings/tls-settings.ts';

export type { SettingRow } from './settings/setting-row.ts';

export const settings = {
  ...serverSettings,
  ...shareSettings,
  ...healthSettings,
  ...clientSettings,
  ...tlsSettings,
  ...httpSettings,
} as const satisfies Readonly<Record<string, SettingRow>>;

export type SettingName = keyof typeof settings;

/** Where a Service's owner writes it. */
export function settingAnnotation(name: SettingName): string {
  return `fairlead.dev/${name}`;
}

/** Every setting, in the order of the page. */
export const settingNames = Object.keys(settings) as SettingName[];

/** Settings that a pool may have a default for. */
export const pooledNames = settingNames.filter((name) => !isOwn(settings[name]));

/** The same as a field of the API: `health-check-path` is `healthCheckPath`. */
export function settingField(name: SettingName): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Settings that a pool may have a limit for: numbers that may be more or less. */
export type LimitedName = {
  [Name in SettingName]: (typeof settings)[Name] extends { readonly kind: 'count' }
    ? (typeof settings)[Name] extends { readonly isPort: true }
      ? never
      : Name
    : never;
}[SettingName];

export const limitedNames = settingNames.filter((name): name is LimitedName => {
  const row: SettingRow = settings[name];
  return row.kind === 'count' && row.isPort !== true;
});

function isOwn(row: SettingRow): boolean {
  return row.isOwn === true;
}

/** Settings that only count where HAProxy reads requests. */
export const httpNames: ReadonlySet<SettingName> = new Set(
  (Object.keys(httpSettings) as SettingName[]).filter((name) => name !== 'protocol'),
);
