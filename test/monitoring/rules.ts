import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const top = join(import.meta.dirname, '../..');

/** An alert as it stands in the rules. */
export type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};
/** A rule that gives an expression a name. */
export type Recording = { readonly record: string; readonly expr: string };

type RuleFile = { readonly groups: readonly { readonly rules: readonly (Alert | Recording)[] }[] };

/** The text of a file of the project. */
export function textOf(path: string): string {
  return readFileSync(join(top, path), 'utf8');
}

const rules = (parse(textOf('monitoring/rules/fairlead.yaml')) as RuleFile).groups.flatMap(
  (group) => group.rules,
);

export const alerts = rules.filter((rule): rule is Alert => 'alert' in rule);
export const recordings = rules.filter((rule): rule is Recording => 'record' in rule);

type Story = {
  readonly promql_expr_test: readonly {
    readonly exp_samples: readonly { readonly labels?: string }[];
  }[];
};

/** What the stories expect to fire: by alert, the names of its labels. */
export function firingInStories(): ReadonlyMap<string, ReadonlySet<string>> {
  const text = textOf('monitoring/rules/fairlead.test.yaml');
  const { tests } = parse(text) as { tests: readonly Story[] };
  const samples = tests
    .flatMap((story) => story.promql_expr_test)
    .flatMap(({ exp_samples }) => exp_samples)
    .map(({ labels = '' }) => new Map(labelPairs(labels)));
  return new Map(samples.map((labels) => [labels.get('alertname') ?? '', new Set(labels.keys())]));
}

function labelPairs(text: string): (readonly [string, string])[] {
  return [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]);
}
