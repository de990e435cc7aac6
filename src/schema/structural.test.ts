import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { rootSchema } from './custom-resource.ts';
import { kinds } from './kinds.ts';
import { type StructuralSchema, structuralProblems, structuralSchema } from './structural.ts';

for (const kind of kinds) {
  test(`the schema of ${kind.kind} is one the API server takes, bounded and described`, () => {
    const { spec, status } = rootSchema(kind)['properties'] as Record<string, StructuralSchema>;
    assert.deepEqual(structuralProblems(spec ?? {}, 'spec'), []);
    assert.deepEqual(structuralProblems(status ?? {}, 'status'), []);
  });
}

test('every rule has a sentence of one line', () => {
  const messages = kinds.flatMap((kind) => rulesIn(rootSchema(kind)));
  assert.ok(messages.length > 30);
  for (const message of messages) assert.match(message, /^[^\n]{10,}$/);
});

function rulesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(rulesIn);
  if (typeof value !== 'object' || value === null) return [];
  const own = (value as { 'x-kubernetes-validations'?: { message: string }[] })[
    'x-kubernetes-validations'
  ];
  return [...(own ?? []).map((rule) => rule.message), ...Object.values(value).flatMap(rulesIn)];
}

test('a defaulted field is not required, a plain one is', () => {
  const schema = structuralSchema(z.object({ a: z.string().max(9), b: z.int().default(3) }));
  assert.deepEqual(schema['required'], ['a']);
  assert.deepEqual((schema['properties'] as Record<string, unknown>)['b'], {
    default: 3,
    type: 'integer',
  });
});

test('what an API server refuses is found offline (ecosystem.md section 7)', () => {
  const text = { type: 'string', maxLength: 3, description: 'A text.' };
  const problems = structuralProblems({
    type: 'object',
    properties: {
      union: { description: 'A union.', anyOf: [text, text] },
      list: { description: 'A list.', type: 'array', items: text },
      long: { description: 'A text.', type: 'string' },
      looking: { ...text, pattern: '^(?!a)' },
      labels: { description: 'A map.', type: 'object', additionalProperties: text },
      silent: { type: 'boolean' },
    },
  });
  assert.deepEqual(problems.toSorted(), [
    '.labels: has no maxProperties',
    '.list: has no maxItems',
    '.long: has no maxLength',
    '.looking: pattern looks around',
    '.silent: has no description',
    '.union: has anyOf',
    '.union: has no type',
  ]);
});
