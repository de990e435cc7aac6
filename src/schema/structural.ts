import * as z from 'zod';

/**
 * zod → structural schema, as the API server takes it. Most of JSON Schema is refused there
 * (ecosystem.md section 7 has the table); what zod writes beside it is dropped here, and
 * `structuralProblems` says offline what would be refused.
 */
export type StructuralSchema = { readonly [key: string]: unknown };

/**
 * The structural schema of a zod schema: objects as users write them, so defaulted fields are not
 * required.
 */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
  });
  return cleaned(json as StructuralSchema);
}

const schemaMaps = ['properties'];
const schemas = ['items', 'additionalProperties'];
const dropped = new Set(['$schema', 'propertyNames', '~standard']);
const integerLimits = new Set([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);

function cleaned(schema: StructuralSchema): StructuralSchema {
  const entries = Object.entries(schema)
    .filter(([key, value]) => !isNoise(key, value))
    .map(([key, value]) => [key, cleanedValue(key, value)] as const);
  return Object.fromEntries(entries.toSorted(descriptionFirst));
}

function isNoise(key: string, value: unknown): boolean {
  if (dropped.has(key)) return true;
  if (key === 'additionalProperties') return typeof value === 'boolean';
  return (key === 'minimum' || key === 'maximum') && integerLimits.has(value as number);
}

function cleanedValue(key: string, value: unknown): unknown {
  if (schemas.includes(key)) return cleaned(value as StructuralSchema);
  if (!schemaMaps.includes(key)) return value;
  const fields = Object.entries(value as Record<string, StructuralSchema>);
  return Object.fromEntries(fields.map(([name, field]) => [name, cleaned(field)]));
}

function descriptionFirst(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return Number(b[0] === 'description') - Number(a[0] === 'description');
}

/**
 * What an API server would refuse in a schema, or what would make CEL rules too costly; empty when
 * it is fine.
 */
export function structuralProblems(schema: StructuralSchema, path = ''): string[] {
  const problems = ownProblems(schema).map((problem) => `${path || '.'}: ${problem}`);
  const fields = Object.entries((schema['properties'] ?? {}) as Record<string, StructuralSchema>);
  const inner = fields.flatMap(([name, field]) => structuralProblems(field, `${path}.${name}`));
  const items = schemas
    .filter((key) => schema[key] !== undefined)
    .flatMap((key) => structuralProblems(schema[key] as StructuralSchema, `${path}[]`));
  const undescribed = fields
    .filter(([, field]) => typeof field['description'] !== 'string')
    .map(([name]) => `${path}.${name}: has no description`);
  return [...problems, ...undescribed, ...inner, ...items];
}

const forbidden = ['$ref', '$defs', 'id', 'oneOf', 'anyOf', 'allOf', 'not', 'const', 'uniqueItems'];

function ownProblems(schema: StructuralSchema): string[] {
  const problems = forbidden.filter((key) => key in schema).map((key) => `has ${key}`);
  const isOpen = schema['x-kubernetes-int-or-string'] === true;
  if (typeof schema['type'] !== 'string' && !isOpen) problems.push('has no type');
  if (/\(\?[!=<]/.test(String(schema['pattern'] ?? ''))) problems.push('pattern looks around');
  return [...problems, ...missingBounds(schema)];
}

function missingBounds(schema: StructuralSchema): string[] {
  const isMap = schema['type'] === 'object' && schema['additionalProperties'] !== undefined;
  const needed: Readonly<Record<string, string | undefined>> = {
    string: schema['enum'] === undefined ? 'maxLength' : undefined,
    array: 'maxItems',
    integer: 'minimum',
    object: isMap ? 'maxProperties' : undefined,
  };
  const bound = needed[String(schema['type'])];
  return bound === undefined || bound in schema ? [] : [`has no ${bound}`];
}
