import { type Reason, reason } from '../tables/reasons.ts';
import { pooledNames } from '../tables/settings.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Pool, PoolVrrp } from './objects.ts';
import { parseConditions, parseMetadata } from './parse-metadata.ts';
import { parseExcluded, parseRanges } from './parse-pool-ranges.ts';
import { parseSelector } from './parse-selector.ts';
import { parseQuotas, parseReservations } from './parse-tenancy.ts';
import { fieldsOf, listOf, numberOf, oneOf, type Raw, textMapOf, textOf, textsOf } from './raw.ts';
import { settingFields } from './service-settings.ts';

type Fields = Readonly<Record<string, Raw>>;

/**
 * Reads a VipPool. What the schema could not refuse becomes a problem, and a pool with a problem
 * grants nothing new and takes nothing away (A51). `undefined` for what is no object.
 */
export function parsePool(raw: Raw): Pool | undefined {
  const metadata = parseMetadata(raw);
  if (metadata === undefined) return undefined;
  const { name, uid, resourceVersion, generation, createdMs, deleting, finalizers } = metadata;
  const spec = fieldsOf(fieldsOf(raw)['spec']);
  const { conditions, ...status } = fieldsOf(fieldsOf(raw)['status']);
  const ranges = parseRanges(name, textsOf(spec['addresses']));
  const excluded = parseExcluded(name, textsOf(spec['excludedAddresses']));
  const reservations = parseReservations(name, spec['reservations']);
  const vrrp = parseVrrp(name, fieldsOf(fieldsOf(spec['announce'])['vrrp']));
  return {
    ...{ name, uid, resourceVersion, generation, createdMs, deleting, finalizers },
    ...{ ranges: ranges.ranges, vrrp: vrrp.vrrp },
    ...{ excluded: excluded.ranges, excludedLastOctets: excluded.lastOctets },
    ...parseChoice(spec),
    ...parsePlacement(spec),
    reservations: reservations.reservations,
    problems: [
      ...[...ranges.problems, ...excluded.problems, ...reservations.problems],
      ...[...vrrp.problems, ...notImplemented(spec)],
    ],
    conditions: parseConditions(conditions),
    statusText: canonicalJson(status),
  };
}

/** Who may have addresses of the pool (A18–A29). */
function parseChoice(spec: Fields) {
  return {
    assignment: oneOf(spec['assignment'], ['Automatic', 'OnRequest']),
    addressRequests: oneOf(spec['addressRequests'], ['Allowed', 'Denied']),
    priority: numberOf(spec['priority']),
    namespaceSelector: parseSelector(spec['namespaceSelector']),
    serviceSelector: parseSelector(spec['serviceSelector']),
    quotas: parseQuotas(spec['quotas']),
    coolDownSeconds: numberOf(spec['coolDownSeconds'], 60),
    maxRetainSeconds: numberOf(spec['maxRetainSeconds']),
    icmpEcho: oneOf(spec['icmpEcho'], ['Allowed', 'Denied']),
    serviceDefaults: settingFields(spec['serviceDefaults'], pooledNames),
    serviceLimits: settingFields(spec['serviceLimits']),
    strandedPolicy: oneOf(spec['strandedPolicy'], ['Keep', 'Reassign']),
  } satisfies Partial<Pool>;
}

/** Which nodes serve it. */
function parsePlacement(spec: Fields) {
  return {
    nodeSelector: textMapOf(spec['nodeSelector']),
    tolerations: listOf(spec['tolerations']),
    interfaces: textsOf(spec['interfaces']),
  } satisfies Partial<Pool>;
}

function parseVrrp(pool: string, raw: Fields): { vrrp: PoolVrrp; problems: Reason[] } {
  const text = textOf(raw['vridRange'], '100-199');
  const match = /^(\d{1,3})-(\d{1,3})$/.exec(text);
  const [firstVrid, lastVrid] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  const isRange = firstVrid >= 1 && firstVrid <= lastVrid && lastVrid <= 255;
  const remedy = 'write two numbers of 1 to 255 like 100-199';
  const why = `spec.announce.vrrp.vridRange is "${text}"; ${remedy}`;
  return {
    vrrp: {
      advertIntervalMs: numberOf(raw['advertIntervalMilliseconds'], 100),
      maxMembers: numberOf(raw['maxMembers'], 5),
      ...{ firstVrid, lastVrid },
    },
    problems: isRange ? [] : [reason('PoolInvalid', { pool, why })],
  };
}

/**
 * Refused by the schema as well; this stands here for a cluster whose CRD is older or newer than
 * the controller.
 */
function notImplemented(spec: Fields): Reason[] {
  const announce = fieldsOf(spec['announce']);
  const vrrp = fieldsOf(announce['vrrp']);
  const rebalance = fieldsOf(spec['rebalance']);
  const isNonEmpty = (raw: Raw) => listOf(raw).length > 0 || Object.keys(fieldsOf(raw)).length > 0;
  const fields: readonly (readonly [string, boolean, string])[] = [
    ['spec.gateways', isNonEmpty(spec['gateways']), leaveOut],
    ['spec.announce.mode: BGP', announce['mode'] === 'BGP', 'write VRRP'],
    ['spec.announce.vrrp.transport', isSetOtherThan(vrrp['transport'], 'Unicast'), 'write Unicast'],
    ['spec.rebalance.policy', isSetOtherThan(rebalance['policy'], 'WhenNew'), 'write WhenNew'],
    ['spec.rebalance.windows', isNonEmpty(rebalance['windows']), leaveOut],
  ];
  return fields
    .filter(([, isUsed]) => isUsed)
    .map(([field, , remedy]) => reason('FieldNotImplemented', { field, remedy }));
}

const leaveOut = 'leave it out';

function isSetOtherThan(raw: Raw, word: string): boolean {
  return raw !== undefined && raw !== word;
}
