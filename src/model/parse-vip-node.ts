import { parsePrefix } from '../net/prefix.ts';
import { protocols } from '../tables/names.ts';
import { secretReasons } from '../tables/reasons.ts';
import type { NodeInterface, ReportedInstance, VipNode } from './objects.ts';
import { parseConditions, parseMetadata } from './parse-metadata.ts';
import { fieldsOf, listOf, numberOf, oneOf, type Raw, textOf, textsOf, truthOf } from './raw.ts';

/**
 * Reads what a node's agent reports; `undefined` for what is no VipNode. Texts that are no prefix
 * are dropped.
 */
export function parseVipNode(raw: Raw): VipNode | undefined {
  const metadata = parseMetadata(raw);
  if (metadata === undefined) return undefined;
  const status = fieldsOf(fieldsOf(raw)['status']);
  const rows = (name: string) => listOf(status[name]).map(fieldsOf);
  const omitted = fieldsOf(status['omitted']);
  return {
    name: metadata.name,
    interfaces: rows('interfaces').map(parseInterface),
    instances: rows('instances').map(parseReport),
    portConflicts: rows('portConflicts').map((row) => ({
      pool: textOf(row['pool']),
      address: textOf(row['address']),
      port: numberOf(row['port']),
      service: textOf(row['service']),
    })),
    refusals: rows('refusals').map((row) => ({
      pool: textOf(row['pool']),
      service: textOf(row['service']),
      sentence: textOf(row['message']),
    })),
    secrets: rows('secrets').map((row) => ({
      pool: textOf(row['pool']),
      service: textOf(row['service']),
      secret: textOf(row['secret']),
      reason: oneOf(row['reason'], secretReasons),
      message: textOf(row['message']),
    })),
    omitted: {
      portConflicts: numberOf(omitted['portConflicts']),
      refusals: numberOf(omitted['refusals']),
      secrets: numberOf(omitted['secrets']),
    },
    serversDown: rows('serversDown').map((row) => ({
      service: textOf(row['service']),
      port: numberOf(row['port']),
      server: textOf(row['server']),
      why: textOf(row['why']),
    })),
    otherServices: rows('otherServices').map((row) => ({
      service: textOf(row['service']),
      other: textOf(row['other']),
      why: textOf(row['why']),
    })),
    pools: rows('pools').map((row) => ({
      name: textOf(row['name']),
      ready: truthOf(row['ready'], false),
    })),
    unsupportedProtocols: protocols.filter((each) =>
      textsOf(status['unsupportedProtocols']).includes(each),
    ),
    withdrawn: rows('withdrawn').map((row) => ({
      instance: textOf(row['instance']),
      digest: textOf(row['digest']),
    })),
    conditions: parseConditions(status['conditions']),
  };
}

function parseInterface(row: Readonly<Record<string, Raw>>): NodeInterface {
  const parsed = textsOf(row['addresses']).map(parsePrefix);
  return {
    name: textOf(row['name']),
    mac: textOf(row['mac']),
    prefixes: parsed.flatMap((prefix) => (prefix.ok ? [prefix.value] : [])),
  };
}

function parseReport(row: Readonly<Record<string, Raw>>): ReportedInstance {
  return {
    name: textOf(row['name']),
    pool: textOf(row['pool']),
    generation: numberOf(row['generation']),
    held: truthOf(row['held'], false),
    digest: textOf(row['digest']),
    moveSerial: numberOf(row['moveSerial']),
    disputeSeen: textOf(row['disputeSeen']),
  };
}
