import type { annotations } from './names.ts';

/** What the reference page says of an annotation; owners of Services set them. */
export type AnnotationRow = {
  readonly takes: string;
  /** What holds when it is left out. */
  readonly default: string;
  readonly bound: string;
  readonly means: string;
  readonly example: string;
};

/** One row an annotation: the compiler refuses one without. All stand on Services. */
export const annotationRows = {
  pool: {
    takes: 'the name of a VipPool',
    default: 'the best pool that selects the Service',
    bound: 'one name; the pool must select the Service',
    means:
      'All addresses come from this pool, also if it serves on request only (assignment: OnRequest). ' +
      'If it cannot give one, the Service waits; no other pool is used instead.',
    example: 'edge',
  },
  addresses: {
    takes: 'one or two addresses with a comma between them; blanks do not matter',
    default: 'the first free address',
    bound: 'one address of each family the Service has, all of one pool',
    means:
      'The Service gets exactly these addresses or waits. On a Service that has others it is a move: ' +
      'it keeps what it has if the wish cannot be met. It takes the place of spec.loadBalancerIP; ' +
      'with both the Service is refused.',
    example: '192.0.2.10, 2001:db8::10',
  },
  sharingKey: {
    takes: 'a text',
    default: 'the address is not shared',
    bound: 'not implemented in this version: a Service that has it is not served',
    means: 'Services of one namespace with the same key may have one address between them.',
    example: 'dns',
  },
  retainSeconds: {
    takes: 'a whole number of seconds',
    default: '0',
    bound: 'not implemented in this version: a Service that has it is not served',
    means: 'So long after the deletion of the Service its address is kept for its successor.',
    example: '3600',
  },
  sourceRanges: {
    takes: 'CIDRs with commas between them',
    default: 'everybody may connect',
    bound: 'not implemented in this version: a Service that has it is not served',
    means: 'The older form of spec.loadBalancerSourceRanges.',
    example: '192.0.2.0/24, 198.51.100.7/32',
  },
} as const satisfies Record<keyof typeof annotations, AnnotationRow>;
