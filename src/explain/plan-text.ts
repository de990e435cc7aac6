import { countText } from './count-text.ts';
import { type Cell, columns, type Line, type Tone, toned } from './page.ts';
import type { PlannedPool, PlannedService, PlanReport } from './plan-report.ts';

/** The plan for a person: who comes to harm first, then who gains, then what stays. */
export function planLines(report: PlanReport): Line[] {
  const { harmless, pools, services, unchanged, complete, remarks } = report;
  const head = harmless
    ? toned('good', 'Nobody would come to harm')
    : toned('bad', 'Somebody would come to harm');
  return [
    [head, ' (nothing was written)'],
    ...remarks.map((remark) => [toned('warn', remark)]),
    ...pools.flatMap(poolLines),
    ...serviceLines(services),
    [],
    [`${unchanged} other Service${unchanged === 1 ? '' : 's'} would keep what they have`],
    ...(complete ? [] : [[toned('warn', 'more would follow: this is how far the plan came')]]),
  ];
}

function poolLines({ pool, isNew, ranges, problems, before, after }: PlannedPool): Line[] {
  return [
    [],
    [toned('strong', `VipPool ${pool}`), ` ${isNew ? '(new) ' : ''}${ranges.join(' ')}`],
    ...problems.map(({ code, sentence }): Line => ['  ', toned('bad', code), `  ${sentence}`]),
    ...columns(
      after.map((usage): Line => {
        const was = before.find(({ family }) => family === usage.family);
        const uses = ['size', 'used', 'free', 'reserved', 'stranded'] as const;
        return [usage.family, ...uses.map((use) => `${use} ${fromTo(was?.[use], usage[use])}`)];
      }),
      2,
    ),
  ];
}

function fromTo(before: string | undefined, after: string): string {
  if (before === undefined || before === after) return countText(after);
  return `${countText(before)} → ${countText(after)}`;
}

const tones: Readonly<Record<PlannedService['change'], Tone>> = {
  gets: 'good',
  moves: 'warn',
  loses: 'bad',
  stranded: 'bad',
  waits: 'bad',
  keeps: 'dim',
};

const order: readonly PlannedService['change'][] = [
  'loses',
  'stranded',
  'waits',
  'moves',
  'gets',
  'keeps',
];

function serviceLines(services: readonly PlannedService[]): Line[] {
  if (services.length === 0) return [];
  const inOrder = services.toSorted((a, b) => order.indexOf(a.change) - order.indexOf(b.change));
  const heads: Cell[] = ['SERVICE', 'WOULD', 'NOW', 'THEN', 'POOL', 'WHY'];
  return [
    [],
    ...columns([
      heads.map((head) => toned('dim', String(head))),
      ...inOrder.map(
        (row): Line => [
          row.service,
          toned(tones[row.change], wouldText(row)),
          row.before.join(',') || '-',
          row.after.join(',') || '-',
          row.pool ?? '-',
          row.told.map(({ code, sentence }) => `${code}: ${sentence}`).join('; '),
        ],
      ),
    ]),
  ];
}

const words: Readonly<Record<PlannedService['change'], string>> = {
  gets: 'get',
  moves: 'move',
  loses: 'lose',
  stranded: 'be stranded',
  waits: 'wait',
  keeps: 'keep',
};

function wouldText({ change }: PlannedService): string {
  return words[change];
}
