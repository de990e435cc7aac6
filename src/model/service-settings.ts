import { quoted, type Reason, reason } from '../tables/reasons.ts';
import {
  type SettingName,
  type SettingRow,
  settingAnnotation,
  settingNames,
  settings,
} from '../tables/settings.ts';
import type { Service } from './objects.ts';

type ValueOf<Row extends SettingRow> = Row extends { readonly kind: 'choice' }
  ? Row['values'][number]
  : Row extends { readonly kind: 'count' }
    ? number
    : string;

/** What a Service's owner set; what is absent has the table's default. */
export type ServiceSettings = {
  readonly [Name in SettingName]?: ValueOf<(typeof settings)[Name]>;
};

/** Settings that could be read, and what is wrong with the others. */
export type ReadSettings = {
  readonly settings: ServiceSettings;
  readonly problems: readonly Reason[];
};

/**
 * Reads the annotations of a Service. A wrong value is named and sets nothing; the rest of the
 * Service is served.
 */
export function serviceSettings({ annotations }: Pick<Service, 'annotations'>): ReadSettings {
  const found: Record<string, string | number> = {};
  const problems: Reason[] = [];
  for (const name of settingNames) {
    const text = annotations[settingAnnotation(name)]?.trim() ?? '';
    if (text === '') continue;
    const value = readValue(settings[name], text);
    if (value === undefined) problems.push(problemOf(name, text));
    // What is the default anyway makes no other configuration.
    else if (value !== defaultOf(settings[name])) found[name] = value;
  }
  return { settings: found as ServiceSettings, problems };
}

function readValue(row: SettingRow, text: string): string | number | undefined {
  if (row.kind === 'choice') return row.values.find((each) => each === text);
  if (row.kind === 'word') return row.pattern.test(text) ? text : undefined;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return number >= row.min && number <= row.max ? number : undefined;
}

function defaultOf(row: SettingRow): string | number | undefined {
  return row.kind === 'word' ? row.leftOut : row.default;
}

function problemOf(name: SettingName, text: string): Reason {
  const field = `annotation ${settingAnnotation(name)}`;
  const row = settings[name];
  const why = 'that is no value of it';
  const remedy = `${allowed(row)}, for example ${row.example}`;
  return reason('AnnotationInvalid', { field, text: quoted(text), why, remedy });
}

/** What a setting takes, for messages and the reference page. */
export function allowed(row: SettingRow): string {
  if (row.kind === 'choice') return `one of ${row.values.join(', ')}`;
  if (row.kind === 'word') return row.shape;
  return `a whole number from ${row.min} to ${row.max} (${row.unit})`;
}
