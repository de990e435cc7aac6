import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from './rules.ts';

/** The few fields of a dashboard that a test looks at. */
export type Dashboard = {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
};
export type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly datasource?: unknown;
  readonly targets?: readonly Target[];
};
export type Target = {
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: unknown;
};
export type Variable = {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
};

const folder = 'monitoring/dashboards';

/** Every dashboard as it is committed, by its file. */
export const dashboards: ReadonlyMap<string, Dashboard> = new Map(
  readdirSync(join(import.meta.dirname, '../..', folder))
    .toSorted()
    .map((name) => [name, JSON.parse(textOf(`${folder}/${name}`)) as Dashboard]),
);

/** Everything that a dashboard asks. */
export function expressionsOf({ panels }: Dashboard): string[] {
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

/** `label_values(metric, label)`: the two. */
export function variableQueries({ templating }: Dashboard): (readonly [string, string])[] {
  const queries = templating.list.flatMap(({ definition }) => definition ?? []);
  return queries.map((query) => {
    const [, metric = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
    return [metric, label];
  });
}
