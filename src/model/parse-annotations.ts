import { none } from '../lib/none.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { Address } from '../net/address.ts';
import { parseAddress } from '../net/parse-address.ts';
import { retainSecondsMax } from '../tables/limits.ts';
import { annotations } from '../tables/names.ts';
import { quoted, type Reason, reason } from '../tables/reasons.ts';
import { settingAnnotation, settingNames } from '../tables/settings.ts';
import type { Service } from './objects.ts';
import { serviceSettings, settingOf } from './service-settings.ts';

/** What a Service's annotations say about keeping, sharing and leaving addresses. */
export type AddressSettings = {
  /** Services of one namespace with one key may share an address (A32, A33). */
  readonly sharingKey: string | undefined;
  /** How long its addresses are kept once it is deleted (A61); the pool may allow less. */
  readonly retainSeconds: number;
  /** Stranded addresses it wants to leave (A48). */
  readonly reassign: readonly Address[];
  /** Annotations that could not be read; they set nothing. */
  readonly problems: readonly Reason[];
};

/** Reads them; a wrong value is named and never keeps the rest of the Service from being served. */
export function addressSettings(service: Service): AddressSettings {
  const key = read(service, annotations.sharingKey, parseSharingKey);
  const retain = read(service, annotations.retainSeconds, parseRetainSeconds);
  const reassign = read(service, annotations.reassign, parseReassign);
  const problems = [
    ...key.problems,
    ...retain.problems,
    ...reassign.problems,
    ...serviceSettings(service).problems,
    ...unknown(service),
  ];
  return {
    sharingKey: key.value,
    retainSeconds: retain.value ?? 0,
    reassign: reassign.value ?? none,
    problems: problems.length === 0 ? none : problems,
  };
}

function read<T>(
  service: Service,
  annotation: string,
  parse: (text: string) => Result<T, { readonly why: string; readonly remedy: string }>,
): { readonly value: T | undefined; readonly problems: readonly Reason[] } {
  const text = service.annotations[annotation]?.trim() ?? '';
  if (text === '') return { value: undefined, problems: [] };
  const parsed = parse(text);
  if (parsed.ok) return { value: parsed.value, problems: [] };
  const data = { field: `annotation ${annotation}`, text: quoted(text), ...parsed.problem };
  return { value: undefined, problems: [reason('AnnotationInvalid', data)] };
}

function parseSharingKey(text: string) {
  if (sharingKeyPattern.test(text)) return ok(text);
  return refused({ why: 'that is no key', remedy: 'at most 63 letters, digits, - _ and .' });
}

/** As a label's value, so that it can stand anywhere. */
const sharingKeyPattern = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

function parseRetainSeconds(text: string) {
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= retainSecondsMax) return ok(seconds);
  const remedy = `whole seconds from 0 to ${retainSecondsMax}, for example 3600`;
  return refused({ why: 'that is no number of seconds', remedy });
}

function parseReassign(text: string): Result<readonly Address[], { why: string; remedy: string }> {
  const addresses: Address[] = [];
  for (const part of text.split(',').map((each) => each.trim())) {
    const parsed = parseAddress(part);
    const remedy = 'the stranded address, or two with a comma';
    if (!parsed.ok) return refused({ why: `"${quoted(part)}" ${parsed.problem}`, remedy });
    addresses.push(parsed.value);
  }
  return ok(addresses);
}

/** A typing error would otherwise be a setting that silently does nothing (C20). */
function unknown(service: Service): Reason[] {
  const names = Object.keys(service.annotations).sort();
  return names
    .filter((name) => name.startsWith('fairlead.dev/') && !isKnown(service, name))
    .map((annotation) => {
      const remedy = [...known].sort().join(', ');
      return reason('AnnotationUnknown', { annotation, remedy });
    });
}

/**
 * A setting of one port is one of a port that the Service has; what protects and cannot be of one
 * port has been refused already.
 */
function isKnown({ ports }: Service, annotation: string): boolean {
  const { name, port, guard } = settingOf(annotation);
  if (guard !== undefined) return true;
  if (name === undefined || port === undefined) return known.has(annotation);
  return ports.some((own) => own.port === port);
}

const known: ReadonlySet<string> = new Set([
  ...Object.values(annotations).filter((name) => name.startsWith('fairlead.dev/')),
  ...settingNames.map(settingAnnotation),
]);
