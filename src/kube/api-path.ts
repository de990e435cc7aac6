import { assert } from '../lib/assert.ts';

/** Where a kind lives in the API; `group` is '' for the core group. */
export type Resource = {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
};

/** One object, or with `name` left out all of them (in a namespace or in the cluster). */
export type ObjectRef = {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: 'status' | 'scale' | 'eviction';
};

/** The kinds of others that we write or watch; our own are in own-resources.ts. */
export const resources = {
  services: { group: '', version: 'v1', plural: 'services', kind: 'Service' },
  nodes: { group: '', version: 'v1', plural: 'nodes', kind: 'Node' },
  namespaces: { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' },
  secrets: { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' },
  pods: { group: '', version: 'v1', plural: 'pods', kind: 'Pod' },
  configMaps: { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' },
  daemonSets: { group: 'apps', version: 'v1', plural: 'daemonsets', kind: 'DaemonSet' },
  endpointSlices: {
    ...{ group: 'discovery.k8s.io', version: 'v1' },
    ...{ plural: 'endpointslices', kind: 'EndpointSlice' },
  },
  leases: { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease' },
  events: { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event' },
} as const satisfies Record<string, Resource>;

/** The path of an object or a collection; every part is escaped, and none may be empty. */
export function apiPath(resource: Resource, ref: ObjectRef = {}): string {
  const { group, version, plural } = resource;
  const parts = group === '' ? ['api', version] : ['apis', group, version];
  if (ref.namespace !== undefined) parts.push('namespaces', ref.namespace);
  parts.push(plural);
  if (ref.name !== undefined) parts.push(ref.name);
  if (ref.subresource !== undefined) parts.push(ref.subresource);
  // With an empty name a deletion would mean the whole collection; dots would leave it.
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  assert(isPlain, 'a name that is no name in an API path', { parts });
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

/**
 * What a path of `apiPath` is about, for metrics: `services`, `services/status`. Bounded by the
 * kinds we use; never a name.
 */
export function resourceOfPath(path: string): string {
  const parts = path.split('/').slice(path.startsWith('/apis/') ? 4 : 3);
  const isInside = parts[0] === 'namespaces' && parts.length > 2;
  const [plural = '', , subresource] = isInside ? parts.slice(2) : parts;
  return subresource === undefined ? plural : `${plural}/${subresource}`;
}
