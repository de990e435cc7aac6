import type { StatusCause } from '../../../src/kube/kube-error.ts';
import { type ApiObject, fields } from './api-object.ts';
import type { ListKeys } from './field-owners.ts';
import { ownKinds } from './own-kinds.ts';
import { prepareService, validateService } from './service-rules.ts';

/** What the API server knows of a kind, as far as its answers depend on it. */
export type ModelKind = {
  readonly apiVersion: string;
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  /** `metadata.generation` counts changes of all but metadata and status. */
  readonly hasGeneration: boolean;
  readonly hasStatus: boolean;
  /**
   * A write to `/status` also changes metadata: kinds of the API server's own, not those of CRDs.
   */
  readonly writesMetadataByStatus: boolean;
  /** A PUT without `metadata.resourceVersion` is taken. */
  readonly takesUnconditionalPut: boolean;
  /** A PUT creates what is not there. */
  readonly createsOnPut: boolean;
  /** A deletion shows what was there, not only that it is gone. */
  readonly showsDeleted: boolean;
  readonly listKeys: ListKeys;
  /** Defaults, pruning, and what the API server fills in; `old` is undefined at creation. */
  readonly prepare: (object: ApiObject, old: ApiObject | undefined) => ApiObject;
  readonly validate: (object: ApiObject, old: ApiObject | undefined) => readonly StatusCause[];
};

const conditions = { 'status.conditions': ['type'] };

const builtIn = {
  isNamespaced: true,
  hasGeneration: false,
  hasStatus: true,
  writesMetadataByStatus: true,
  takesUnconditionalPut: true,
  createsOnPut: false,
  showsDeleted: false,
  listKeys: conditions,
  prepare: (object: ApiObject) => object,
  validate: () => [],
} satisfies Partial<ModelKind>;

const coordination = { ...builtIn, apiVersion: 'coordination.k8s.io/v1', hasStatus: false };
const lockLike = {
  ...{ takesUnconditionalPut: false, createsOnPut: true },
  validate: leaseProblems,
};
const events = { ...builtIn, apiVersion: 'events.k8s.io/v1', hasStatus: false };

const all: readonly ModelKind[] = [
  {
    ...{ ...builtIn, apiVersion: 'v1', plural: 'services', kind: 'Service' },
    ...{ prepare: prepareService, validate: validateService },
    ...{ createsOnPut: true, showsDeleted: true },
  },
  {
    ...{ ...builtIn, apiVersion: 'v1', plural: 'namespaces', kind: 'Namespace' },
    ...{ isNamespaced: false, showsDeleted: true, prepare: withNameLabel },
  },
  { ...builtIn, apiVersion: 'v1', plural: 'nodes', kind: 'Node', isNamespaced: false },
  { ...builtIn, apiVersion: 'v1', plural: 'pods', kind: 'Pod' },
  {
    ...{ ...builtIn, apiVersion: 'apps/v1', plural: 'daemonsets', kind: 'DaemonSet' },
    hasGeneration: true,
  },
  { ...coordination, plural: 'leases', kind: 'Lease', ...lockLike },
  { ...events, plural: 'events', kind: 'Event', createsOnPut: true },
  { ...builtIn, apiVersion: 'v1', plural: 'configmaps', kind: 'ConfigMap', hasStatus: false },
  ...ownKinds.map((kind) => ({ ...kind, listKeys: { ...conditions, ...kind.listKeys } })),
];

const byPlural = new Map(all.map((kind) => [kind.plural, kind]));

/** Every kind the model knows. */
export const modelKinds = all;

/** The kind with this plural; throws for what the model does not know. */
export function kindOf(plural: string): ModelKind {
  const kind = byPlural.get(plural);
  if (kind === undefined) throw new Error(`the model has no ${plural}`);
  return kind;
}

/** What selectors of namespaces go by; whoever takes it away gets it back. */
function withNameLabel(object: ApiObject): ApiObject {
  const { metadata } = object;
  const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  return { ...object, metadata: { ...metadata, labels } };
}

function leaseProblems(object: ApiObject): StatusCause[] {
  const seconds = fields(object['spec'])['leaseDurationSeconds'];
  if (typeof seconds !== 'number' || seconds > 0) return [];
  return [{ field: 'spec.leaseDurationSeconds', message: 'must be greater than 0' }];
}
