import { only } from '../lib/only.ts';
import type { Family } from '../net/address.ts';
import { affinitySecondsDefault, affinitySecondsMax } from '../tables/limits.ts';
import { annotations, protocols } from '../tables/names.ts';
import type { Ingress, Service, ServicePort } from './objects.ts';
import { isLabel, parseConditions, parseMetadata } from './parse-metadata.ts';
import {
  fieldsOf,
  listOf,
  numberOf,
  oneOf,
  optionalTextOf,
  type Raw,
  textOf,
  textsOf,
  withoutOthers,
} from './raw.ts';

/**
 * Reads a Service, keeping only what Fairlead decides from; `undefined` for what is none. Never
 * throws.
 */
export function parseService(raw: Raw): Service | undefined {
  const metadata = parseMetadata(raw);
  // A Vip names its holders: one that no schema takes would keep others' writes back.
  const isNamed = metadata !== undefined && isLabel(metadata.name) && isLabel(metadata.namespace);
  if (!isNamed) return undefined;
  const { name, namespace, uid, resourceVersion, createdMs, deleting, labels, finalizers } =
    metadata;
  const status = fieldsOf(fieldsOf(raw)['status']);
  return {
    ...{ name, namespace, uid, resourceVersion, createdMs, deleting, labels, finalizers },
    ...parseSpec(fieldsOf(fieldsOf(raw)['spec'])),
    annotations: ourAnnotations(metadata.annotations),
    ingress: listOf(fieldsOf(status['loadBalancer'])['ingress']).map(parseIngress),
    conditions: parseConditions(status['conditions']),
  };
}

function parseSpec(spec: Readonly<Record<string, Raw>>) {
  const clusterIps = textsOf(spec['clusterIPs']);
  return {
    type: textOf(spec['type'], 'ClusterIP'),
    loadBalancerClass: optionalTextOf(spec['loadBalancerClass']),
    clusterIps: clusterIps.length > 0 ? clusterIps : textsOf([spec['clusterIP']]),
    families: only(textsOf(spec['ipFamilies']), isFamily),
    familyPolicy: oneOf(spec['ipFamilyPolicy'], familyPolicies),
    ports: parsePorts(spec['ports']),
    affinitySeconds: affinityOf(spec),
    sourceRanges: textsOf(spec['loadBalancerSourceRanges']),
    externalTrafficPolicy: textOf(spec['externalTrafficPolicy'], 'Cluster'),
    loadBalancerIp: optionalTextOf(spec['loadBalancerIP']),
  } satisfies Partial<Service>;
}

const familyPolicies = ['SingleStack', 'PreferDualStack', 'RequireDualStack'] as const;

/** The API server fills in and bounds the timeout: 1 to 86,400 s, 10,800 by default (R51). */
function affinityOf(spec: Readonly<Record<string, Raw>>): number | undefined {
  if (textOf(spec['sessionAffinity']) !== 'ClientIP') return undefined;
  const { timeoutSeconds } = fieldsOf(fieldsOf(spec['sessionAffinityConfig'])['clientIP']);
  const seconds = numberOf(timeoutSeconds);
  return seconds > 0 ? Math.min(seconds, affinitySecondsMax) : affinitySecondsDefault;
}

function isFamily(text: string): text is Family {
  return text === 'IPv4' || text === 'IPv6';
}

/** Others are a hint for somebody else (R43). */
const knownProtocols = [
  ...['http', 'https', 'kubernetes.io/h2c', 'kubernetes.io/ws', 'kubernetes.io/wss'],
];

/** What the API server would refuse is none: no such number, or a second one of its protocol. */
function parsePorts(raw: Raw): readonly ServicePort[] {
  const ports = listOf(raw)
    .map(parsePort)
    .filter(({ port }) => port > 0 && port <= 65_535);
  return [...new Map(ports.map((one) => [`${one.protocol} ${one.port}`, one])).values()];
}

function parsePort(raw: Raw): ServicePort {
  const port = fieldsOf(raw);
  const appProtocol = knownProtocols.find((known) => known === port['appProtocol']);
  return {
    name: textOf(port['name']),
    protocol: oneOf(port['protocol'], protocols),
    port: numberOf(port['port']),
    ...(appProtocol !== undefined && { appProtocol }),
  };
}

/** Hostname entries have no ip: they stay as an empty text, which belongs to nobody (A55). */
function parseIngress(raw: Raw): Ingress {
  const ingress = fieldsOf(raw);
  return {
    ip: textOf(ingress['ip']),
    ipMode: optionalTextOf(ingress['ipMode']),
    ports: listOf(ingress['ports']).map(parseIngressPort),
  };
}

function parseIngressPort(raw: Raw): Ingress['ports'][number] {
  const port = fieldsOf(raw);
  const error = optionalTextOf(port['error']);
  return {
    port: numberOf(port['port']),
    protocol: textOf(port['protocol']),
    ...(error !== undefined && { error }),
  };
}

/** Everybody else's annotations only cost memory. */
function ourAnnotations(all: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const isOurs = (name: string) =>
    name.startsWith('fairlead.dev/') || name === annotations.sourceRanges;
  return withoutOthers(all, isOurs);
}
