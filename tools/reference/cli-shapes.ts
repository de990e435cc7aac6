import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A type as its source has it. */
export type Shape = { readonly name: string; readonly text: string };

const folder = join(import.meta.dirname, '../../src/explain');

/** The reports, and what they are made of, in the order a reader meets them. */
const files: readonly (readonly [string, readonly string[]])[] = [
  ['status-report.ts', ['StatusReport', 'ServiceCounts']],
  ['finding.ts', ['Told', 'Advice', 'Finding']],
  ['leader.ts', ['Leader']],
  ['pool-rows.ts', ['PoolRow']],
  ['vip-rows.ts', ['VipRow']],
  ['instance-rows.ts', ['InstanceRow']],
  ['node-rows.ts', ['NodeRow']],
  ['service-report.ts', ['ServiceReport', 'RequestRow', 'PublishedRow']],
  ['service-verdict.ts', ['Verdict']],
  ['pool-verdicts.ts', ['PoolVerdict']],
  ['frontend-rows.ts', ['FrontendRow', 'Frontends']],
  ['service-complaints.ts', ['Complaint']],
  ['condition-rows.ts', ['ConditionRow']],
  ['vip-report.ts', ['VipReport']],
  ['pool-report.ts', ['PoolReport', 'QuotaRow', 'ReservationRow']],
  ['plan-report.ts', ['PlanReport', 'PlannedPool', 'PlannedService']],
  ['top-report.ts', ['TopReport', 'TopRow']],
  ['edit-reports.ts', ['ReassignReport', 'Move', 'ReserveReport', 'ReleaseReport']],
  ['edit-reports.ts', ['UninstallReport', 'LeftoverCount']],
];

/** The declarations, with their comments; throws when one is no longer where it is looked for. */
export function shapes(): readonly Shape[] {
  return files.flatMap(([file, names]) => {
    const source = readFileSync(join(folder, file), 'utf8');
    return names.map((name) => ({ name, text: declaration(file, source, name) }));
  });
}

/** Biome formats the sources, so a declaration ends with the first line that begins with `}`. */
function declaration(file: string, source: string, name: string): string {
  const begin = source.indexOf(`export type ${name} =`);
  const line = source.indexOf('\n', begin);
  const first = source.slice(begin, line);
  const isOneLine = first.endsWith(';');
  const end = isOneLine ? line : endOf(source, begin);
  if (begin < 0 || end < 0) throw new Error(`${file} has no type ${name}: see cli-shapes.ts`);
  return source
    .slice(begin, end)
    .replace(/^export /, '')
    .replaceAll('readonly ', '');
}

function endOf(source: string, begin: number): number {
  const found = /^ {0,2}\};$/m.exec(source.slice(begin));
  return found === null ? -1 : begin + found.index + found[0].length;
}
