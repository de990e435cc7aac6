import type * as z from 'zod';
import type { StatusCause } from '../../../src/kube/kube-error.ts';
import { type Kind, kinds } from '../../../src/schema/kinds.ts';
import { type ApiObject, type Fields, fields, isEqualJson } from './api-object.ts';
import type { ModelKind } from './kinds.ts';

const listKeys: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  VipPool: { 'status.addresses': ['family'] },
  VipNode: {
    'status.interfaces': ['name'],
    'status.pools': ['name'],
    'status.instances': ['name'],
  },
};

/**
 * Schemas are those the CRDs are made from; of their CEL rules the ones that concern our writers.
 */
export const ownKinds: readonly ModelKind[] = kinds.map((kind) => ({
  apiVersion: 'fairlead.dev/v1alpha1',
  plural: kind.plural,
  kind: kind.kind,
  isNamespaced: kind.scope === 'Namespaced',
  hasGeneration: true,
  hasStatus: true,
  writesMetadataByStatus: false,
  takesUnconditionalPut: false,
  createsOnPut: false,
  showsDeleted: false,
  listKeys: listKeys[kind.kind] ?? {},
  prepare: (object) => prepared(kind, object),
  validate: (object, old) => problemsOf(kind, object, old),
}));

/** Defaults and pruning of a structural schema are what zod does. */
function prepared(kind: Kind, object: ApiObject): ApiObject {
  const { apiVersion, kind: name, metadata } = object;
  const spec = parsed(kind.spec, object['spec']);
  const status = parsed(kind.status, object['status']);
  return {
    ...{ apiVersion, kind: name, metadata },
    ...(spec !== undefined && { spec }),
    ...(status !== undefined && { status }),
  };
}

function parsed(schema: z.ZodType, value: unknown): unknown {
  if (value === undefined) return undefined;
  const result = schema.safeParse(value);
  return result.success ? result.data : value;
}

function problemsOf(kind: Kind, object: ApiObject, old: ApiObject | undefined): StatusCause[] {
  const missing = kind.specRequired && object['spec'] === undefined;
  const all = [
    ...(missing ? [{ field: 'spec', message: 'Required value' }] : []),
    ...schemaProblems(kind.spec, 'spec', object['spec']),
    ...schemaProblems(kind.status, 'status', object['status']),
  ];
  return all.length > 0 ? all : ruleProblems(kind, object, old);
}

function schemaProblems(schema: z.ZodType, field: string, value: unknown): StatusCause[] {
  if (value === undefined) return [];
  const result = schema.safeParse(value);
  if (result.success) return [];
  return result.error.issues.map(({ path, message }) => ({
    field: [field, ...path].join('.'),
    message,
  }));
}

const immutable: Readonly<Record<string, readonly string[]>> = {
  Vip: ['address'],
  VrrpInstance: ['segment', 'vrid', 'pool', 'anchor'],
};

function ruleProblems(kind: Kind, object: ApiObject, old: ApiObject | undefined): StatusCause[] {
  const [spec, before] = [fields(object['spec']), fields(old?.['spec'])];
  const changed = (immutable[kind.kind] ?? []).filter(
    (name) => old !== undefined && !isEqualJson(spec[name], before[name]),
  );
  const misnamed = isMisnamed(kind.kind, object.metadata.name, spec);
  return [
    ...changed.map((name) => ({ field: `spec.${name}`, message: 'Forbidden: may not change' })),
    ...(misnamed ? [{ field: '<nil>', message: '`metadata.name` must be …' }] : []),
  ];
}

/** The locks: an object is named after the one thing it stands for (A4). */
function isMisnamed(kind: string, name: string, spec: Fields): boolean {
  if (kind === 'VrrpInstance') return name !== `${spec['segment']}.${spec['vrid']}`;
  if (kind === 'VipPool') return name.length > 40 || name.includes('.');
  if (kind !== 'Vip') return false;
  const address = String(spec['address']);
  return address.includes(':') ? name !== eightGroups(address) : name !== address;
}

/** `2001:db8::1` → `2001-db8-0-0-0-0-0-1`, written here once more so that the two can disagree. */
function eightGroups(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  if (tail === undefined) return groups(head).join('-');
  const [front, back] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return [...front, ...zeros, ...back].join('-');
}
