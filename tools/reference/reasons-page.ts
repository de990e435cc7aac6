import { type ConditionName, conditions } from '../../src/tables/conditions.ts';
import { eventReasonOf } from '../../src/tables/event-reasons.ts';
import { metrics } from '../../src/tables/metrics.ts';
import {
  type ReasonKind,
  type ReasonMeaning,
  reasonMeanings,
} from '../../src/tables/reason-meanings.ts';
import { type ReasonCode, reasons, sentence } from '../../src/tables/reasons.ts';
import { anchor, asSentence, code, page, table } from './markdown.ts';

/** docs/reference/reasons.md: every code with its sentence, where it is told, and what to do. */
export function reasonsPage(): string {
  const codes = (Object.keys(reasons) as ReasonCode[]).toSorted();
  const of = (kind: ReasonKind) => codes.filter((each) => reasonMeanings[each].kind === kind);
  return page(
    {
      title: 'Reasons',
      source: 'src/tables/reasons.ts and src/tables/reason-meanings.ts',
      intro: [
        'Every time Fairlead says no, or how things are, it gives one of these codes. The same code is the reason of a',
        'condition, of an event (unless Kubernetes has a word of its own for it), the label of a metric, and what',
        '`kubectl fairlead explain` prints. A code never changes its meaning and is never used again once it is retired.',
        'Words in braces are filled in.',
      ].join('\n'),
    },
    [
      table(
        ['code', 'kind', 'seen on'],
        codes.map((each) => overviewRow(each, reasonMeanings[each])),
      ),
      ...chapters.flatMap(({ kind, title, intro }) => [
        `## ${title}`,
        intro,
        ...of(kind).flatMap(section),
      ]),
    ],
  );
}

const chapters: readonly {
  readonly kind: ReasonKind;
  readonly title: string;
  readonly intro: string;
}[] = [
  {
    kind: 'refusal',
    title: 'Refusals',
    intro: 'Something that was asked for is not given. Nothing is taken away because of it.',
  },
  {
    kind: 'kept',
    title: 'Kept',
    intro: 'A Service has what it has, and its owner should know something about it.',
  },
  { kind: 'fault', title: 'Faults', intro: 'Something that should work does not, or not yet.' },
  {
    kind: 'state',
    title: 'States',
    intro: 'How things are when all is well. There is nothing to do.',
  },
];

function overviewRow(of: ReasonCode, { kind, told, isOfCommandLine }: ReasonMeaning): string[] {
  const elsewhere = isOfCommandLine === true ? code('kubectl fairlead') : 'an event';
  return [`[${code(of)}](#${anchor(of)})`, kind, told.map(conditionText).join(', ') || elsewhere];
}

function section(of: ReasonCode): string[] {
  const meaning = reasonMeanings[of];
  const toDo = meaning.kind === 'state' ? [] : [`* What to do: ${asSentence(meaning.remedy)}`];
  return [
    `### ${of}`,
    `> ${asSentence(sentenceOf(of))}`,
    [...seen(of, meaning), ...toDo].join('\n'),
  ];
}

/** The sentence with the names of its values in braces. */
function sentenceOf(of: ReasonCode): string {
  const names = new Proxy({}, { get: (_, name) => `{${String(name)}}` });
  return sentence({ code: of, data: names });
}

function seen(of: ReasonCode, meaning: ReasonMeaning): string[] {
  const { kind, told, isSilent, isOfCommandLine } = meaning;
  if (isOfCommandLine === true) return [`* Found by ${code('kubectl fairlead')} alone.`];
  const isNo = kind === 'refusal' || kind === 'fault';
  const metric = `${metrics.waitingServices.name}{reason="${of}"}`;
  const isWaiting = kind === 'refusal' && told.includes('Service.Allocated');
  const isPortError = isNo && told.includes('Service.PortsServed');
  return [
    ...told.map((name) => `* Condition ${conditionText(name)}.`),
    ...(isSilent === true ? [] : [`* Event ${code(eventReasonOf(of))}.`]),
    ...(isWaiting ? [`* Metric ${code(metric)}.`] : []),
    ...(isPortError
      ? [`* Error ${code(`fairlead.dev/${of}`)} of a port in status.loadBalancer.`]
      : []),
  ];
}

function conditionText(name: ConditionName): string {
  const { kind, type } = conditions[name];
  return `[${code(type)}](conditions.md#${anchor(`${type} of a ${kind}`)}) of a ${kind}`;
}
