import * as z from 'zod';
import { list, text, textMap } from './fields.ts';
import { checked } from './rules.ts';

const takesValues = "(self.operator in ['In', 'NotIn'])";
const requirement = checked(
  z.object({
    key: text(317).min(1).describe('Label key.'),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How values are used.'),
    values: list(text(63), 32)
      .optional()
      .describe("Label values; needed by 'In' and 'NotIn', not allowed with the others."),
  }),
  {
    rule: `${takesValues} == (has(self.values) && self.values.size() > 0)`,
    message: "must list `values` with the operators 'In' and 'NotIn', and none with the others",
  },
);

/** A Kubernetes label selector; empty selects everything (allocation.md A19). */
export function selector(description: string) {
  return z
    .object({
      matchLabels: textMap(32).optional().describe('Labels that must all be there.'),
      matchExpressions: list(requirement, 16)
        .optional()
        .describe('Requirements that must all be met.'),
    })
    .prefault({})
    .describe(description);
}
