import { parsePrefix } from '../net/prefix.ts';
import { quoted, type Reason, reason } from '../tables/reasons.ts';
import {
  listed,
  listLengthMax,
  secretName,
  wordLengthMax,
} from '../tables/settings/setting-row.ts';
import {
  type LimitedName,
  limitedNames,
  type SettingName,
  type SettingRow,
  settingAnnotation,
  settingField,
  settingNames,
  settings,
} from '../tables/settings.ts';
import type { Pool, Service } from './objects.ts';
import { fieldsOf, type Raw } from './raw.ts';

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
  /** What is set for one port only, by its number; absent: nothing is. */
  readonly ports?: ReadonlyMap<number, ServiceSettings>;
  /** The first problem of a setting that protects: its Service stays closed. */
  readonly unguarded?: Reason;
};

/**
 * Reads the annotations of a Service, which go before what its VipPolicy says. A wrong value is
 * named and sets nothing; the rest of the Service is served.
 */
export function serviceSettings({
  annotations,
  policy,
}: Pick<Service, 'annotations' | 'policy'>): ReadSettings {
  const found: Record<string, string | number> = { ...policy?.settings };
  let ports: Map<number, ServiceSettings> | undefined;
  const problems: Reason[] = [];
  let unguarded: Reason | undefined;
  // Most Services say nothing, and every reconcile asks all of them.
  for (const annotation of Object.keys(annotations).sort()) {
    const { name, port, guard } = settingOf(annotation);
    const text = annotations[annotation]?.trim() ?? '';
    if (text === '') continue;
    if (guard !== undefined) {
      const problem = notOfPort(guard, annotation, text);
      problems.push(problem);
      unguarded ??= problem;
    }
    if (name === undefined) continue;
    const row: SettingRow = settings[name];
    const value = readValue(row, text);
    if (value === undefined) {
      const problem = problemOf(name, annotation, text);
      problems.push(problem);
      if (row.isGuard === true) unguarded ??= problem;
    } else if (port === undefined) {
      found[name] = value;
    } else {
      ports ??= new Map();
      ports.set(port, { ...ports.get(port), [name]: value });
    }
  }
  return {
    ...{ settings: found as ServiceSettings, problems },
    ...(ports && { ports }),
    ...(unguarded && { unguarded }),
  };
}

/** What a Service's owner set for one of its ports, which goes before what is set for all. */
export function settingsOfPort(read: ReadSettings, port: number): ServiceSettings {
  const own = read.ports?.get(port);
  return own === undefined ? read.settings : { ...read.settings, ...own };
}

/**
 * The setting that an annotation is, of one port where it ends with a number: `balance.443`. Only
 * what neither protects nor names things of the Service can be set for one port; what protects and
 * is written as if it could, whatever it ends with, is told as `guard`.
 */
export function settingOf(annotation: string): {
  readonly name: SettingName | undefined;
  readonly port?: number;
  readonly guard?: SettingName;
} {
  const whole = namesByAnnotation.get(annotation);
  if (whole !== undefined) return { name: whole };
  const [, base = '', ending = ''] = /^(fairlead\.dev\/[^.]+)\.(.*)$/.exec(annotation) ?? [];
  const name = namesByAnnotation.get(base);
  const row: SettingRow | undefined = name && settings[name];
  if (name !== undefined && row?.isGuard === true) return { name: undefined, guard: name };
  const isPort = /^[1-9][0-9]{0,4}$/.test(ending);
  if (row === undefined || row.isOwn === true || !isPort) return { name: undefined };
  return { name, port: Number(ending) };
}

/**
 * Reads VipPolicy.spec, VipPool.spec.serviceDefaults or serviceLimits; what no schema lets pass
 * sets nothing.
 */
export function settingFields(
  raw: Raw,
  names: readonly SettingName[] = settingNames,
): ServiceSettings {
  const fields = fieldsOf(raw);
  const found = names.flatMap((name) => {
    const value = fields[settingField(name)];
    const isValue = typeof value === 'string' || typeof value === 'number';
    const read = isValue ? readValue(settings[name], String(value)) : undefined;
    return read === undefined ? [] : [[name, read] as const];
  });
  return Object.fromEntries(found) as ServiceSettings;
}

/** A setting of a Service that its pool allows less of. */
export type Limited = {
  readonly name: LimitedName;
  readonly asked: number;
  readonly limit: number;
};

/** What counts for a Service in a pool, and what of its own wishes does not. */
export type EffectiveSettings = {
  readonly settings: ServiceSettings;
  readonly limited: readonly Limited[];
};

/**
 * The Service's own settings, then the pool's defaults; the pool's limits always win (design.md
 * section 8), also over the table's defaults and over "no limit". They switch nothing on: what is
 * not set, and off then or found out otherwise, stays so. What the table has as its default is left
 * out: it makes no other configuration.
 */
export function effectiveSettings(
  own: ServiceSettings,
  pool: Pick<Pool, 'serviceDefaults' | 'serviceLimits'> | undefined,
): EffectiveSettings {
  const values: Record<string, string | number> = { ...pool?.serviceDefaults, ...own };
  const limited: Limited[] = [];
  for (const name of limitedNames) {
    const limit = pool?.serviceLimits[name];
    if (limit === undefined) continue;
    const asked = own[name];
    if (asked !== undefined && asked > limit) limited.push({ name, asked, limit });
    const value = values[name] ?? unset(settings[name]);
    if (value !== undefined) values[name] = Math.min(Number(value), limit);
  }
  const set = Object.entries(values).filter(
    ([name, value]) => value !== defaultOf(settings[name as SettingName]),
  );
  return { settings: Object.fromEntries(set) as ServiceSettings, limited };
}

function readValue(row: SettingRow, text: string): string | number | undefined {
  if (row.kind === 'choice') return row.values.find((each) => each === text);
  if (row.kind === 'word') return isWord(row, text) ? text : undefined;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return number >= row.min && number <= row.max ? number : undefined;
}

function isWord({ pattern, lists }: SettingRow & { readonly kind: 'word' }, text: string) {
  const lengthMax = lists === undefined ? wordLengthMax : listLengthMax;
  if (!pattern.test(text) || text.length > lengthMax) return false;
  return lists === undefined || listed(text).every((part) => isListed[lists](part));
}

const isListed = {
  networks: (text: string) => parsePrefix(text).ok,
  secrets: (text: string) => secretName.test(text),
} as const;

function defaultOf(row: SettingRow): string | number | undefined {
  return row.kind === 'word' ? row.leftOut : row.default;
}

/** What counts of it where nobody set it; undefined where that is no number. */
function unset(row: SettingRow): string | number | undefined {
  const isUnlimited = row.kind === 'count' && row.isUnlimited === true;
  return isUnlimited ? Number.POSITIVE_INFINITY : defaultOf(row);
}

const namesByAnnotation: ReadonlyMap<string, SettingName> = new Map(
  settingNames.map((name) => [settingAnnotation(name), name]),
);

function problemOf(name: SettingName, annotation: string, text: string): Reason {
  const field = `annotation ${annotation}`;
  const row = settings[name];
  const why = 'that is no value of it';
  const remedy = `${allowed(row)}, for example ${row.example}`;
  return reason('AnnotationInvalid', { field, text: quoted(text), why, remedy });
}

/** The owner meant to protect a port; served without it, that would be open. */
function notOfPort(guard: SettingName, annotation: string, text: string): Reason {
  const field = `annotation ${annotation}`;
  const why = 'what protects is of the whole Service and cannot be set for one port';
  const remedy = `${settingAnnotation(guard)} instead`;
  return reason('AnnotationInvalid', { field, text: quoted(text), why, remedy });
}

/** What a setting takes, for messages and the reference page. */
export function allowed(row: SettingRow): string {
  if (row.kind === 'choice') return `one of ${row.values.join(', ')}`;
  if (row.kind === 'word') return row.shape;
  return `a whole number from ${row.min} to ${row.max} (${row.unit})`;
}
