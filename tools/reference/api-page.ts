import { customResource, rootSchema } from '../../src/schema/custom-resource.ts';
import { type Column, type Kind, kinds } from '../../src/schema/kinds.ts';
import type { Rule } from '../../src/schema/rules.ts';
import type { StructuralSchema } from '../../src/schema/structural.ts';
import { apiVersion } from '../../src/tables/names.ts';
import { anchor, asSentence, code, page, table } from './markdown.ts';

/** docs/reference/api.md: every field of every kind, as the CRDs have it. */
export function apiPage(): string {
  return page(
    {
      title: `API ${apiVersion}`,
      source: 'src/schema',
      intro: [
        'The kinds of Fairlead, cluster-scoped but for VipPolicy. `kubectl explain vippool.spec` says the same on a cluster.',
        'People write VipPools and VipPolicies; the controller writes Vips and VrrpInstances; each node’s agent writes its VipNode.',
      ].join('\n'),
    },
    [
      kinds
        .map(({ kind, description }) => `* [${kind}](#${anchor(kind)}): ${description}`)
        .join('\n'),
      ...kinds.flatMap(section),
    ],
  );
}

function section(kind: Kind): string[] {
  const { properties } = rootSchema(kind) as { properties: Record<string, StructuralSchema> };
  return [
    `## ${kind.kind}`,
    [kind.description, ...names(kind), ...kind.rules.map(ruleLine)].join('\n'),
    `Columns of ${code(`kubectl get ${kind.plural}`)}: ${kind.columns.map(columnText).join(', ')}.`,
    ...['spec', 'status'].flatMap((part) => fieldTable(kind, part, properties[part] ?? {})),
  ];
}

function names(kind: Kind): string[] {
  const { names } = customResource(kind)['spec'] as { names: { shortNames?: string[] } };
  const all = [kind.plural, ...(names.shortNames ?? [])].map(code).join(', ');
  return ['', `* Names for kubectl: ${all}.`];
}

function ruleLine({ message }: Rule): string {
  return `* ${asSentence(message)}`;
}

function columnText({ name, wide }: Column): string {
  return wide === true ? `${name} (with ${code('-o wide')})` : name;
}

function fieldTable(kind: Kind, part: string, schema: StructuralSchema): string[] {
  const rows = fieldsOf(schema, part);
  if (rows.length === 0) return [`### ${kind.kind}.${part}`, 'Has no fields.'];
  const heads = ['field', 'type', 'default', 'bounds', 'says'];
  return [`### ${kind.kind}.${part}`, table(heads, rows.map(fieldRow))];
}

/** One field by its full path; an entry of a list has `[]` after the name of the list. */
type Field = {
  readonly path: string;
  readonly schema: StructuralSchema;
  readonly isRequired: boolean;
};

function fieldsOf(schema: StructuralSchema, path: string): Field[] {
  const properties = (schema['properties'] ?? {}) as Record<string, StructuralSchema>;
  const required = (schema['required'] ?? []) as readonly string[];
  const items = schema['items'] as StructuralSchema | undefined;
  const own = Object.entries(properties).flatMap(([name, inner]) => {
    const field = { path: `${path}.${name}`, schema: inner, isRequired: required.includes(name) };
    return isCondition(field) ? [field] : [field, ...fieldsOf(inner, field.path)];
  });
  return items === undefined ? own : [...own, ...fieldsOf(items, `${path}[]`)];
}

/** The fields of a condition are those of Kubernetes; the page of conditions says the rest. */
function isCondition({ path }: Field): boolean {
  return path.endsWith('status.conditions');
}

function fieldRow(field: Field): string[] {
  const { schema } = field;
  const says = isCondition(field)
    ? 'What is known about this object: [Conditions](conditions.md).'
    : String(schema['description'] ?? '');
  const bounds = [...boundsOf(schema), ...itemBounds(schema)].join('; ');
  return [code(field.path), typeOf(schema), defaultOf(field), bounds, says];
}

function typeOf(schema: StructuralSchema): string {
  const items = schema['items'] as StructuralSchema | undefined;
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (schema['additionalProperties'] !== undefined) return 'map';
  return String(schema['type'] ?? 'integer or string');
}

function defaultOf({ schema, isRequired }: Field): string {
  if (schema['default'] !== undefined) return code(JSON.stringify(schema['default']));
  return isRequired ? '*required*' : '';
}

function itemBounds(schema: StructuralSchema): string[] {
  const items = schema['items'] as StructuralSchema | undefined;
  return items === undefined ? [] : boundsOf(items).map((bound) => `each ${bound}`);
}

function boundsOf(schema: StructuralSchema): string[] {
  const choices = schema['enum'] as readonly string[] | undefined;
  const rules = (schema['x-kubernetes-validations'] ?? []) as readonly Rule[];
  return [
    ...(choices === undefined ? [] : [choices.map(code).join(', ')]),
    ...span(schema, ['minimum', 'maximum'], ''),
    ...span(schema, ['minLength', 'maxLength'], ' characters'),
    ...span(schema, ['minItems', 'maxItems'], ' entries'),
    ...span(schema, ['minProperties', 'maxProperties'], ' entries'),
    ...(schema['pattern'] === undefined ? [] : [code(String(schema['pattern']))]),
    ...rules.map(({ message }) => message),
  ];
}

function span(schema: StructuralSchema, [least, most]: [string, string], unit: string): string[] {
  const from = schema[least];
  const to = schema[most];
  if (from !== undefined && to !== undefined) return [`${String(from)}–${String(to)}${unit}`];
  if (to !== undefined) return [`at most ${String(to)}${unit}`];
  return from === undefined ? [] : [`at least ${String(from)}${unit}`];
}
