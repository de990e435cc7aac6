import { by } from '../lib/order.ts';
import { parseAddress } from '../net/parse-address.ts';
import { protocols, vipPhases } from '../tables/names.ts';
import type { Instance, Member, Vip, VipHolder } from './objects.ts';
import { parseConditions, parseMetadata } from './parse-metadata.ts';
import {
  fieldsOf,
  listOf,
  numberOf,
  oneOf,
  optionalTextOf,
  type Raw,
  textOf,
  textsOf,
} from './raw.ts';
import { parseTimestamp } from './timestamp.ts';

/** Reads a Vip; `undefined` for what has no address: it locks nothing. */
export function parseVip(raw: Raw): Vip | undefined {
  const metadata = parseMetadata(raw);
  const spec = fieldsOf(fieldsOf(raw)['spec']);
  const status = fieldsOf(fieldsOf(raw)['status']);
  const address = parseAddress(textOf(spec['address']));
  if (metadata === undefined || !address.ok) return undefined;
  const { name, uid, resourceVersion, generation, deleting, finalizers } = metadata;
  return {
    ...{ name, uid, resourceVersion, generation, deleting, finalizers },
    address: address.value,
    pool: textOf(spec['pool']),
    instance: textOf(spec['instance']),
    next: parseNext(spec['next']),
    previousInstance: optionalTextOf(spec['previousInstance']),
    holders: listOf(spec['holders']).flatMap(parseHolder).toSorted(byUid),
    phase: oneOf(spec['phase'], vipPhases),
    phaseSinceMs: parseTimestamp(textOf(spec['phaseSince'])) ?? 0,
    awaitedNodes: textsOf(spec['awaitedNodes']),
    statusNode: optionalTextOf(status['node']),
    statusServices: optionalTextOf(status['services']),
    conditions: parseConditions(status['conditions']),
  };
}

function parseNext(raw: Raw): Vip['next'] {
  const fields = fieldsOf(raw);
  const pool = optionalTextOf(fields['pool']);
  return pool === undefined ? undefined : { pool, instance: textOf(fields['instance']) };
}

const byUid = by<VipHolder>((holder) => holder.uid);

function parseHolder(raw: Raw): VipHolder[] {
  const fields = fieldsOf(raw);
  const uid = optionalTextOf(fields['uid']);
  if (uid === undefined) return [];
  const ports = listOf(fields['ports'])
    .map(fieldsOf)
    .map((port) => ({
      protocol: oneOf(port['protocol'], protocols),
      port: numberOf(port['port']),
    }));
  return [
    {
      namespace: textOf(fields['namespace']),
      name: textOf(fields['name']),
      uid,
      sharingKey: optionalTextOf(fields['sharingKey']),
      retainSeconds: numberOf(fields['retainSeconds']),
      leavingSinceMs: parseTimestamp(textOf(fields['leavingSince'])),
      ports,
    },
  ];
}

/** Reads a VrrpInstance; `undefined` for what has no VRID: it locks nothing. */
export function parseInstance(raw: Raw): Instance | undefined {
  const metadata = parseMetadata(raw);
  const spec = fieldsOf(fieldsOf(raw)['spec']);
  const status = fieldsOf(fieldsOf(raw)['status']);
  const vrid = numberOf(spec['vrid']);
  if (metadata === undefined || vrid < 1 || vrid > 255) return undefined;
  const { name, uid, resourceVersion, generation, createdMs, deleting } = metadata;
  return {
    ...{ name, uid, resourceVersion, generation, createdMs, deleting, vrid },
    segment: textOf(spec['segment']),
    pool: textOf(spec['pool']),
    anchor: textOf(spec['anchor']),
    advertIntervalMs: numberOf(spec['advertIntervalMilliseconds'], 100),
    members: listOf(spec['members']).map(parseMember),
    move: parseMove(spec['move']),
    statusHolder: optionalTextOf(status['holder']),
    statusMembers: optionalTextOf(status['members']),
    conditions: parseConditions(status['conditions']),
  };
}

function parseMember(raw: Raw): Member {
  const fields = fieldsOf(raw);
  return {
    node: textOf(fields['node']),
    address: textOf(fields['address']),
    interface: textOf(fields['interface']),
    rank: numberOf(fields['rank']),
    state: oneOf(fields['state'], ['Joining', 'Member', 'Leaving']),
    sinceGeneration: numberOf(fields['sinceGeneration']),
    sinceMs: parseTimestamp(textOf(fields['since'])) ?? 0,
  };
}

function parseMove(raw: Raw): Instance['move'] {
  const fields = fieldsOf(raw);
  const serial = numberOf(fields['serial']);
  if (serial < 1) return undefined;
  return { serial, from: textOf(fields['from']), to: textOf(fields['to']) };
}
