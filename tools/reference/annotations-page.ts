import { allowed } from '../../src/model/service-settings.ts';
import { type AnnotationRow, annotationRows } from '../../src/tables/annotations.ts';
import {
  annotations,
  excludeNodeLabel,
  fieldManagers,
  loadBalancerClass,
  poolFinalizer,
  serviceFinalizers,
  vipFinalizer,
} from '../../src/tables/names.ts';
import {
  type SettingRow,
  settingAnnotation,
  settingNames,
  settings,
} from '../../src/tables/settings.ts';
import { anchor, asSentence, code, page, table } from './markdown.ts';

/** docs/reference/annotations.md: what owners may write on a Service, and our other names. */
export function annotationsPage(): string {
  const keys = Object.keys(annotationRows) as (keyof typeof annotationRows)[];
  const rows: (readonly [string, AnnotationRow])[] = [
    ...keys.map((key) => [annotations[key], annotationRows[key]] as const),
    ...settingNames.map((name) => [settingAnnotation(name), settingRow(settings[name])] as const),
  ];
  return page(
    {
      title: 'Annotations and names',
      source: 'src/tables/annotations.ts, src/tables/settings.ts and src/tables/names.ts',
      intro: [
        'What the owner of a Service may write in its `metadata.annotations`. Fairlead never writes annotations on',
        'Services. A value that cannot be read is refused with a reason that names it; it is never guessed at. Settings of traffic can be',
        'fields of a VipPolicy as well (annotation `fairlead.dev/policy`), and, but for those that protect, be set for one port:',
        '`fairlead.dev/balance.443`. What protects is of the whole Service, which is closed while such a setting is written for one port, or',
        'lacks another one without which it has no effect.',
      ].join('\n'),
    },
    [
      table(
        ['annotation', 'takes', 'left out'],
        rows.map(([name, row]) => [`[${code(name)}](#${anchor(name)})`, row.takes, row.default]),
      ),
      ...rows.flatMap(([name, row]) => section(name, row)),
      '## Other names',
      'What Fairlead itself writes on objects, or reads there beside its own fields.',
      table(['name', 'is', 'means'], otherNames),
    ],
  );
}

/** A wrong value is named and sets nothing. */
function settingRow(row: SettingRow): AnnotationRow {
  const left = row.kind === 'choice' ? row.default : defaultText(row);
  const { means, example } = row;
  return { means, example, takes: allowed(row), default: left, bound: boundOf(row) };
}

function boundOf(row: SettingRow): string {
  const { isGuard, isOwn, isOfEveryPort } = row;
  const fallback =
    isOwn === true ? '' : '; the pool’s spec.serviceDefaults counts where it is left out';
  const guard =
    isGuard === true ? '; while it cannot be read or has no effect the Service is closed' : '';
  const ports = isOfEveryPort === true ? 'ports' : 'TCP ports';
  const bound = `${ports} of the Service${fallback}${guard}`;
  if (row.kind !== 'count' || row.isPort === true) return bound;
  // A limit counts for who says nothing only where that is a number, or no limit.
  const isAlways = row.isUnlimited === true || row.default !== undefined;
  const what = isAlways ? '' : 'where it is set ';
  return `${bound}, and ${what}no more than spec.serviceLimits allows`;
}

function defaultText(row: Exclude<SettingRow, { readonly kind: 'choice' }>): string {
  if (row.kind === 'word') return row.leftOut;
  return row.leftOut ?? String(row.default ?? 'no limit');
}

function section(name: string, row: AnnotationRow): string[] {
  return [
    `## ${name}`,
    row.means,
    [
      `* Takes: ${asSentence(row.takes)}`,
      `* Left out: ${asSentence(row.default)}`,
      `* Bounds: ${asSentence(row.bound)}`,
    ].join('\n'),
    ['```yaml', `metadata: {annotations: {${name}: "${row.example}"}}`, '```'].join('\n'),
  ];
}

const [ownFinalizer, upstreamFinalizer] = serviceFinalizers;
const otherNames: readonly (readonly string[])[] = [
  [code(loadBalancerClass), 'spec.loadBalancerClass of a Service', 'The Service is Fairlead’s.'],
  [
    code(ownFinalizer),
    'finalizer of a Service',
    'Its address is withdrawn from the nodes before it goes.',
  ],
  [
    code(upstreamFinalizer),
    'finalizer of a Service',
    'The same in the words of Kubernetes; others may remove it at any time.',
  ],
  [
    code(vipFinalizer),
    'finalizer of a Vip',
    'A Vip deleted by hand stays until nobody serves its address.',
  ],
  [code(poolFinalizer), 'finalizer of a VipPool', 'An address of the pool is held.'],
  [
    code(excludeNodeLabel),
    'label of a Node',
    'The node carries no VIP; with the value `false` it does.',
  ],
  ...Object.values(fieldManagers).map((manager) => [
    code(manager),
    'field manager',
    'Who wrote a field, in `metadata.managedFields`.',
  ]),
];
