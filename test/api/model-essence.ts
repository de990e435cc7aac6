/**
 * What of an answer must be the same on both sides. UIDs and versions differ, so each side has
 * names for them, in the order in which it showed them first: where one side has `version 7`, the
 * other has to have it too. Left out, because nobody who uses the model reads it:
 *
 *   - managedFields, and when things happened
 *   - of a refusal all but its reason, and whether `metadata.uid` was a cause (src/kube/apply.ts
 *     asks for that): the words are the server's own
 *   - of Services what routes inside the cluster, which cluster IP it is, and the generation, which
 *     older servers do not count (R31)
 *   - of DaemonSets the defaults of pod templates, what is there for clients from before apps/v1,
 *     and all counts but the one that is written here
 *   - of Nodes and Namespaces what others make of them: only their metadata counts
 *   - how long a Namespace has to go: its controller decides
 *
 * Pods are not compared at all: those of the model end by a finalizer, which stands for the grace
 * period and for their kubelet.
 */
import type { Answer } from '../sim/server/answer.ts';
import { type Fields, fields } from '../sim/server/api-object.ts';

/** Names for what each side chooses as it likes. */
export class Aliases {
  readonly #known = new Map<string, string>();

  of(kind: 'uid' | 'version', value: unknown): string | undefined {
    if (typeof value !== 'string') return undefined;
    const key = `${kind} ${value}`;
    const known = this.#known.get(key) ?? `${kind} ${this.#known.size + 1}`;
    this.#known.set(key, known);
    return known;
  }
}

/** What of an answer must be the same. */
export function essence(answer: Answer, aliases: Aliases): Fields {
  const body = fields(answer.body);
  const code = answer.status;
  if (code >= 300) {
    const { causes } = fields(body['details']);
    const all = Array.isArray(causes) ? causes.map((cause) => fields(cause)['field']) : [];
    return { code, reason: body['reason'], isUidCause: all.includes('metadata.uid') };
  }
  return { code, ...objectEssence(body, aliases) };
}

/** What of an object must be the same. */
export function objectEssence(object: Fields, aliases: Aliases): Fields {
  const { kind, apiVersion, metadata: given, ...content } = object;
  if (kind === 'Status') return { kind };
  const { uid, resourceVersion, deletionTimestamp, ...metadata } = fields(given);
  const { managedFields: _m, creationTimestamp, generation, annotations, ...rest } = metadata;
  const { 'deprecated.daemonset.template.generation': _d, ...annotated } = fields(annotations);
  const left = new Set(leftOut[String(kind)]);
  const kept = Object.entries({ ...rest, generation }).filter(([name]) => !left.has(name));
  const common = {
    ...{ kind, apiVersion, ...Object.fromEntries(kept), annotations: annotated },
    uid: aliases.of('uid', uid),
    version: aliases.of('version', resourceVersion),
    isCreated: creationTimestamp !== undefined,
    isDeleting: deletionTimestamp !== undefined,
  };
  const isOwn = String(apiVersion).startsWith('fairlead.dev/');
  const essential = (contentOf[String(kind)] ?? ((all: Fields) => all))(content);
  return {
    ...(withoutEmpty(common) as Fields),
    ...(isOwn ? essential : (withoutEmpty(essential) as Fields)),
  };
}

/** Of the metadata of a kind. */
const leftOut: Readonly<Record<string, readonly string[]>> = {
  Service: ['generation'],
  Node: ['generation'],
  Namespace: ['deletionGracePeriodSeconds'],
};

const contentOf: Readonly<Record<string, (content: Fields) => Fields>> = {
  Service: ({ spec, status }) => ({ spec: serviceSpec(fields(spec)), status }),
  DaemonSet: ({ spec, status }) => ({
    template: fields(fields(spec)['template'])['metadata'],
    wanted: fields(status)['desiredNumberScheduled'] ?? 0,
  }),
  Node: () => ({}),
  Namespace: () => ({}),
  Event: ({ series, reason, note, action, type, regarding }) => ({
    ...{ reason, note, action, type, regarding, series },
  }),
};

function serviceSpec(spec: Fields): Fields {
  const { type, loadBalancerClass, loadBalancerIP, ipFamilies, ipFamilyPolicy, ports } = spec;
  const all = Array.isArray(ports) ? ports.map(fields) : [];
  const clusterIps = Array.isArray(spec['clusterIPs']) ? spec['clusterIPs'] : [];
  return {
    ...{ type, loadBalancerClass, loadBalancerIP, ipFamilies, ipFamilyPolicy },
    ports: all.map(({ name, protocol, port }) => ({ name, protocol, port })),
    clusterIps: clusterIps.map((ip) => (String(ip).includes(':') ? 'IPv6' : 'IPv4')),
    sessionAffinity: spec['sessionAffinity'],
  };
}

/** Go leaves out what is empty, or does not: of its own kinds that says nothing. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, withoutEmpty(inner)] as const)
    .filter(([, inner]) => !isEmpty(inner));
  return Object.fromEntries(entries);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
