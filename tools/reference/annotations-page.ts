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
import { anchor, asSentence, code, page, table } from './markdown.ts';

/** docs/reference/annotations.md: what owners may write on a Service, and our other names. */
export function annotationsPage(): string {
  const keys = Object.keys(annotationRows) as (keyof typeof annotationRows)[];
  return page(
    {
      title: 'Annotations and names',
      source: 'src/tables/annotations.ts and src/tables/names.ts',
      intro: [
        'What the owner of a Service may write in its `metadata.annotations`. Fairlead never writes annotations on',
        'Services. A value that cannot be read is refused with a reason that names it; it is never guessed at.',
      ].join('\n'),
    },
    [
      table(
        ['annotation', 'takes', 'left out'],
        keys.map((key) => [
          `[${code(annotations[key])}](#${anchor(annotations[key])})`,
          annotationRows[key].takes,
          annotationRows[key].default,
        ]),
      ),
      ...keys.flatMap((key) => section(annotations[key], annotationRows[key])),
      '## Other names',
      'What Fairlead itself writes on objects, or reads there beside its own fields.',
      table(['name', 'is', 'means'], otherNames),
    ],
  );
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
