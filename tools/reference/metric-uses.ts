import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Import, importsOf } from '../../test/tidy/imports.ts';

/** Where the code exports a metric: `metric` is its key in the table. */
export type MetricUse = {
  readonly metric: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly command: string;
};

/** The commands that export metrics, and the file each begins at. */
const commands = [
  { command: 'controller', entry: 'src/bin/start-controller.ts' },
  { command: 'agent', entry: 'src/bin/start-agent.ts' },
] as const;

/** Every place that exports a metric, read from the code itself. */
export function metricUses(top: string): MetricUse[] {
  return commands.flatMap(({ command, entry }) =>
    [...reachable(top, entry).values()].flatMap((text) =>
      usesIn(text).map((use) => ({ ...use, command })),
    ),
  );
}

function usesIn(text: string): Omit<MetricUse, 'command'>[] {
  const pattern = /\.(counter|gauge|histogram)\(\s*(?:table|metrics)\.(\w+)/g;
  return [...text.matchAll(pattern)].map(([, type, metric = '']) => {
    return { type: type as MetricUse['type'], metric };
  });
}

/** The files that a file needs at run time, itself included, with their texts. */
function reachable(top: string, entry: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const open = [entry];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (texts.has(path)) continue;
    const text = readFileSync(join(top, path), 'utf8');
    texts.set(path, text);
    open.push(
      ...importsOf(path, text)
        .filter(isOurs)
        .map(({ target }) => target),
    );
  }
  return texts;
}

function isOurs({ isPackage, typesOnly }: Import): boolean {
  return !isPackage && !typesOnly;
}
