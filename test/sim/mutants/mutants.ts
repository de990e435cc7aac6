/**
 * Deliberately broken product code that the simulator must find: one text of one file replaced by
 * another. `in` is a file below src; `text` stands there exactly once.
 */
export type Mutant = {
  readonly in: string;
  readonly text: string;
  readonly becomes: string;
  /** The first of `worldsMax` seeds; one of their worlds runs into it within `stepsMax`. */
  readonly seed: number;
};

/** Any change of the product makes other worlds of the same seeds. */
export const worldsMax = 10;

/** Enough for every one of them. */
export const stepsMax = 12_000;

export const mutants: Readonly<Record<string, Mutant>> = {
  'allocator: an address is free although a node may still serve it': {
    in: 'allocate/withdrawals.ts',
    text: 'return report === undefined ? silent.has(node) : report.digest !== digest;',
    becomes: 'return false;',
    seed: 1,
  },
  'allocator: two Services have one port of one address': {
    in: 'allocate/sharing.ts',
    text: 'return both === undefined ? undefined :',
    becomes: 'return true ? undefined :',
    seed: 11,
  },
  'allocator: a label that changes costs the address': {
    in: 'allocate/keep.ts',
    text: 'if (service === undefined) return [];',
    becomes: 'if (service === undefined || Object.keys(service.labels).length === 1) return [];',
    seed: 1,
  },
  'controller: an address is published before a node serves it': {
    in: 'status/service-ingress.ts',
    text: 'const mayAppear = answering.has(vip.name) && (isStanding || allAnswer);',
    becomes: 'const mayAppear = true;',
    seed: 1,
  },
  'controller: it decides before its watches have synced': {
    in: 'loop/controller.ts',
    text: 'if (!watches.isSynced() || !isLeader()) return;',
    becomes: 'if (!isLeader()) return;',
    seed: 58,
  },
  'controller: a pool that moves loses its pods before its VIPs': {
    in: 'loop/pool-pods.ts',
    text: 'return own.flatMap(({ members }) => members.map(({ node }) => node));',
    becomes: 'return own.flatMap(() => []);',
    seed: 9,
  },
  'controller: an address before the finalizer': {
    in: 'allocate/claims.ts',
    text: 'return service.finalizers.includes(ownServiceFinalizer);',
    becomes: 'return true;',
    seed: 1,
  },
};
