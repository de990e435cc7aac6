import { retainSecondsMax, sourceRangesMax } from './limits.ts';
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
  policy: {
    takes: 'the name of a VipPolicy in the namespace of the Service',
    default: 'no policy',
    bound: 'one name; while there is no such VipPolicy the Service is closed',
    means:
      'The settings below count as the VipPolicy has them, where the Service’s own annotations say ' +
      'nothing. Its API refuses a wrong value, an annotation is only told of. Several Services may ' +
      'name one policy, and a change of it counts for all of them at once.',
    example: 'web-defaults',
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
    takes: 'a key: letters, digits, dashes, underscores and dots',
    default: 'the address is not shared',
    bound: 'at most 63 characters, the first and the last a letter or a digit',
    means:
      'Services of one namespace with the same key may have one address between them, as long as no ' +
      'port occurs in two of them. A key permits sharing and does not force it: to be sure, request ' +
      'the address as well.',
    example: 'dns',
  },
  retainSeconds: {
    takes: 'a whole number of seconds',
    default: '0: the address is free for others once it has cooled down',
    bound: `0 to ${retainSecondsMax}; the pool’s spec.maxRetainSeconds limits it further`,
    means:
      'When the Service is deleted, its address is kept this long for a Service of the same namespace ' +
      'and name, whatever its UID: a re-created Service gets it back.',
    example: '3600',
  },
  reassign: {
    takes: 'one or two addresses with a comma between them; blanks do not matter',
    default: 'the Service keeps its address, also when its pool no longer contains it',
    bound: 'addresses that the Service holds and that are stranded; others are left as they are',
    means:
      'The Service shall leave these addresses, which its pool no longer contains. It gets others, ' +
      'and the old ones are served until the new ones are published.',
    example: '192.0.2.10',
  },
  sourceRanges: {
    takes: 'CIDRs with commas between them',
    default: 'everybody may connect',
    bound: `${sourceRangesMax} CIDRs; a family of which none is listed is closed`,
    means:
      'The older form of spec.loadBalancerSourceRanges, and counts where that is empty: only clients ' +
      'in these networks may connect, others are closed and counted. Node ports answer on the nodes’ ' +
      'own addresses, where nothing guards them: set allocateLoadBalancerNodePorts: false.',
    example: '192.0.2.0/24, 198.51.100.7/32',
  },
} as const satisfies Record<keyof typeof annotations, AnnotationRow>;
