import type { Selector } from './objects.ts';
import { fieldsOf, listOf, type Raw, textMapOf, textOf, textsOf } from './raw.ts';

/**
 * Reads a metav1.LabelSelector. An expression nobody knows becomes one that fits nothing: granting
 * less is the safe side.
 */
export function parseSelector(raw: Raw): Selector {
  const fields = fieldsOf(raw);
  return {
    matchLabels: textMapOf(fields['matchLabels']),
    matchExpressions: listOf(fields['matchExpressions']).map(parseExpression),
  };
}

type Expression = Selector['matchExpressions'][number];

function parseExpression(raw: Raw): Expression {
  const fields = fieldsOf(raw);
  const operator = operators.find((word) => word === fields['operator']);
  if (operator === undefined) return fitsNothing;
  return { key: textOf(fields['key']), operator, values: textsOf(fields['values']) };
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
const fitsNothing: Expression = { key: '', operator: 'In', values: [] };

/** Whether the labels fit; an empty selector fits everything (A19). */
export function selects(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    selector.matchExpressions.every((expression) => fits(expression, labels[expression.key]))
  );
}

function fits({ operator, values }: Expression, label: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
  }
}

/** Whether the selector sets no limit. */
export function isEmptySelector(selector: Selector): boolean {
  return Object.keys(selector.matchLabels).length === 0 && selector.matchExpressions.length === 0;
}
