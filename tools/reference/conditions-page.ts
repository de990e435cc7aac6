import { type ConditionName, type ConditionRow, conditions } from '../../src/tables/conditions.ts';
import { reasonMeanings } from '../../src/tables/reason-meanings.ts';
import type { ReasonCode } from '../../src/tables/reasons.ts';
import { anchor, asSentence, code, link, page, table } from './markdown.ts';

/** docs/reference/conditions.md: every condition, what it claims, and the reasons it may carry. */
export function conditionsPage(): string {
  const names = Object.keys(conditions) as ConditionName[];
  return page(
    {
      title: 'Conditions',
      source: 'src/tables/conditions.ts and src/tables/reason-meanings.ts',
      intro: [
        'What Fairlead says in `status.conditions`. A transition time changes only with the status. Conditions of a Service',
        'have the prefix of our domain, for others write there too; Services have no useful generation, so',
        '`observedGeneration` stands on our own kinds only.',
      ].join('\n'),
    },
    names.flatMap(section),
  );
}

function section(name: ConditionName): string[] {
  const row: ConditionRow = conditions[name];
  return [
    `## ${row.type} of a ${row.kind}`,
    `${asSentence(`True means that ${row.claims}`)} All is well when it is ${code(row.good)}.`,
    table(
      ['reason', 'kind'],
      reasonsOf(name).map((of) => [link(of, `reasons.md#${anchor(of)}`), reasonMeanings[of].kind]),
    ),
  ];
}

/** Good ones first, then by name. */
function reasonsOf(name: ConditionName): ReasonCode[] {
  const codes = Object.keys(reasonMeanings) as ReasonCode[];
  const rank = (of: ReasonCode) => (reasonMeanings[of].kind === 'state' ? `0${of}` : `1${of}`);
  return codes
    .filter((of) => reasonMeanings[of].told.includes(name))
    .toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}
