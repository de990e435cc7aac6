/**
 * What the API server does to Services beyond storing them (pkg/registry/core/service), as far as
 * Fairlead reads it: families, cluster IPs, and what a change of type takes away.
 */
import type { StatusCause } from '../../../src/kube/kube-error.ts';
import { type ApiObject, type Fields, fields, isEqualJson } from './api-object.ts';

const isBalancer = (spec: Fields): boolean => spec['type'] === 'LoadBalancer';

/** Defaults, families and cluster IPs; a type that is no LoadBalancer any more loses its status. */
export function prepareService(object: ApiObject, old: ApiObject | undefined): ApiObject {
  const before = old === undefined ? undefined : fields(old['spec']);
  const wanted = { type: 'ClusterIP', sessionAffinity: 'None', ...fields(object['spec']) };
  const spec = withFamilies(withoutOldType(wanted, before), before, object.metadata.uid);
  const ports = Array.isArray(spec['ports']) ? spec['ports'].map(fields) : [];
  return {
    ...object,
    spec: { ...spec, ports: ports.map((port) => ({ protocol: 'TCP', ...port })) },
    status: statusOf(object, spec, before),
  };
}

function statusOf(object: ApiObject, spec: Fields, before: Fields | undefined): Fields {
  const status = fields(object['status']);
  const { loadBalancer = {}, ...others } = status;
  const isLeaving = before !== undefined && isBalancer(before) && !isBalancer(spec);
  return { ...others, loadBalancer: isLeaving ? {} : loadBalancer };
}

/** Fields of LoadBalancers go with the type, unless they were changed in the same write. */
function withoutOldType(spec: Fields, before: Fields | undefined): Fields {
  if (before === undefined || !isBalancer(before) || isBalancer(spec)) return spec;
  const { loadBalancerClass: named, ...rest } = spec;
  return named === before['loadBalancerClass'] ? rest : spec;
}

type Family = 'IPv4' | 'IPv6';

function withFamilies(spec: Fields, before: Fields | undefined, uid: string): Fields {
  if (spec['clusterIP'] === 'None') {
    return {
      ...{ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', ...spec },
      clusterIPs: ['None'],
    };
  }
  const policy = String(spec['ipFamilyPolicy'] ?? before?.['ipFamilyPolicy'] ?? 'SingleStack');
  const families = familiesOf(spec, before, policy);
  const old = listOfTexts(before?.['clusterIPs']);
  const oldFamilies = listOfTexts(before?.['ipFamilies']);
  const clusterIPs = families.map((family) => {
    const known = old[oldFamilies.indexOf(family)];
    return known ?? newClusterIp(family, uid);
  });
  const [clusterIP] = clusterIPs;
  return { ...spec, ipFamilyPolicy: policy, ipFamilies: families, clusterIPs, clusterIP };
}

/** One family more or less at the end; the first one never changes. */
function familiesOf(spec: Fields, before: Fields | undefined, policy: string): readonly string[] {
  const asked = listOfTexts(spec['ipFamilies']);
  const stood = listOfTexts(before?.['ipFamilies']);
  const known = asked.length > 0 ? asked : stood;
  const families = known.length > 0 ? known : ['IPv4'];
  if (policy === 'SingleStack') return families.slice(0, 1);
  const other: Family = families[0] === 'IPv4' ? 'IPv6' : 'IPv4';
  return families.length === 1 ? [...families, other] : families;
}

/** Which one does not matter to anybody here: made of the end of the object's uid. */
function newClusterIp(family: string, uid: string): string {
  const low = Number.parseInt(uid.slice(-4), 16);
  const v4 = `10.96.${Math.floor(low / 256)}.${low % 256}`;
  return family === 'IPv4' ? v4 : `fd00:10:96::${low.toString(16)}`;
}

/** The few refusals that our writers and their users can meet. */
export function validateService(
  object: ApiObject,
  old: ApiObject | undefined,
): readonly StatusCause[] {
  const spec = fields(object['spec']);
  const problems: StatusCause[] = [];
  const ports = Array.isArray(spec['ports']) ? spec['ports'] : [];
  const refuse = (field: string, message: string): void => void problems.push({ field, message });
  if (ports.length === 0 && spec['clusterIP'] !== 'None') refuse('spec.ports', 'Required value');
  if (hasTwins(ports)) refuse('spec.ports', 'Duplicate value');
  if (spec['loadBalancerClass'] !== undefined && !isBalancer(spec)) {
    refuse('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'");
  }
  if (old !== undefined) {
    const before = fields(old['spec']);
    const isSame = before['loadBalancerClass'] === spec['loadBalancerClass'];
    if (isBalancer(before) && isBalancer(spec) && !isSame) {
      refuse('spec.loadBalancerClass', 'may not change once set');
    }
    if (listOfTexts(before['ipFamilies'])[0] !== listOfTexts(spec['ipFamilies'])[0]) {
      refuse('spec.ipFamilies', 'primary family can not be changed');
    }
    const isPublished = listOf(fields(fields(object['status'])['loadBalancer'])['ingress']);
    const stood = listOf(fields(fields(old['status'])['loadBalancer'])['ingress']);
    if (!isBalancer(spec) && isPublished.length > 0 && !isEqualJson(isPublished, stood)) {
      refuse('status.loadBalancer.ingress', "may only be used when `spec.type` is 'LoadBalancer'");
    }
  }
  return problems;
}

function hasTwins(ports: readonly unknown[]): boolean {
  const keys = ports.map(fields).map((port) => `${port['protocol']}/${port['port']}`);
  return new Set(keys).size < keys.length;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function listOfTexts(value: unknown): readonly string[] {
  return listOf(value).filter((item) => typeof item === 'string');
}
