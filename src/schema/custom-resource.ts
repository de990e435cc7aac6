import { apiGroup } from '../tables/names.ts';
import type { Column, Kind } from './kinds.ts';
import { type StructuralSchema, structuralSchema } from './structural.ts';

/** The CustomResourceDefinition of a kind, ready to print as YAML. */
export function customResource(kind: Kind): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${apiGroup}` },
    spec: {
      group: apiGroup,
      scope: kind.scope ?? 'Cluster',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
        categories: ['fairlead'],
      },
      versions: [version(kind)],
    },
  };
}

function version(kind: Kind): Readonly<Record<string, unknown>> {
  return {
    name: 'v1alpha1',
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: kind.columns.map(printerColumn),
    ...(kind.selectable.length === 0
      ? {}
      : { selectableFields: kind.selectable.map((path) => ({ jsonPath: path })) }),
    schema: { openAPIV3Schema: rootSchema(kind) },
  };
}

function printerColumn(column: Column): Readonly<Record<string, unknown>> {
  return {
    name: column.name,
    type: column.type ?? 'string',
    jsonPath: column.path,
    description: column.description,
    ...(column.wide === true ? { priority: 1 } : {}),
  };
}

/**
 * The schema of the whole object; `metadata` is left to the API server (k8s-requirements.md C7).
 */
export function rootSchema(kind: Kind): StructuralSchema {
  return {
    description: kind.description,
    type: 'object',
    ...(kind.specRequired ? { required: ['spec'] } : {}),
    properties: {
      apiVersion: { description: 'Version of this API.', type: 'string' },
      kind: { description: 'Kind of this object.', type: 'string' },
      metadata: { type: 'object' },
      spec: { description: 'What is wanted.', ...structuralSchema(kind.spec) },
      status: { description: 'What was seen.', ...structuralSchema(kind.status) },
    },
    ...(kind.rules.length === 0 ? {} : { 'x-kubernetes-validations': kind.rules }),
  };
}
