import type { DesiredInstance, DesiredPool } from '../desired/desired-node.ts';
import { by } from '../lib/order.ts';
import { hostPort } from '../render/host-port.ts';
import { bypassedNamedMax, testsInRowMin } from '../tables/limits.ts';

/** A VIP's port to try. */
export type VipTarget = {
  readonly address: string;
  readonly port: number;
  /** Whether a Service has the port; a closed one is the guard's to refuse. */
  readonly isOpen: boolean;
  /** This node's address to try from; absent: the kernel's choice. */
  readonly from?: string;
};

/**
 * What a try came to. `reached`: the filter of the node that holds the VIP answered. `elsewhere`:
 * something else did. `unknown`: nobody did, or the port is about to open or to close there.
 */
export type VipTestResult = 'reached' | 'elsewhere' | 'unknown';

/** What a connection attempt came to: `connected`, or the code of its error. */
export type Attempt = 'connected' | (string & {});

/** What the tries of a pool come to. */
export type VipVerdict = {
  readonly state: 'Reached' | 'Elsewhere' | 'Unknown';
  /** VIP ports that something else answers, `192.0.2.10:443`; the first of them. */
  readonly bypassed: readonly string[];
  readonly bypassedCount: number;
};

/** Nodes listen on them, Services seldom have them: with the first free one the guard is tried. */
const closedPorts = [10_250, 22, 9] as const;

/**
 * What one node may try, in no certain order. A VIP of the other family than VRRP's addresses is
 * tried by its holder only: of the members' addresses the filter knows no others. Tries are of TCP;
 * where a VIP has UDP or SCTP only, it is the guard that is tried.
 */
export function vipTargets(
  { haproxy, flows, keepalived }: Pick<DesiredPool, 'haproxy' | 'flows' | 'keepalived'>,
  held: ReadonlySet<string>,
): VipTarget[] {
  const sources = new Map(keepalived.instances.flatMap((instance) => sourcesOf(instance, held)));
  const open = haproxy.frontends.filter(({ isPassing }) => isPassing === undefined);
  const taken = new Set(haproxy.frontends.map(({ address, port }) => `${address} ${port}`));
  return [
    ...open.flatMap(({ address, port }) => targetsAt(sources, address, { port, isOpen: true })),
    ...[...new Set([...open, ...flows].map(({ address }) => address))].flatMap((address) => {
      const port = closedPorts.find((each) => !taken.has(`${address} ${each}`));
      return port === undefined ? [] : targetsAt(sources, address, { port, isOpen: false });
    }),
  ];
}

/** In the order in which they are tried, whatever order they came in. */
export function targetsInOrder(targets: readonly VipTarget[]): VipTarget[] {
  return targets.toSorted(by(targetName));
}

type Source = { readonly from?: string };

function sourcesOf(
  { name, sourceAddress, vips }: DesiredInstance,
  held: ReadonlySet<string>,
): [string, Source][] {
  const isSix = sourceAddress.includes(':');
  return vips.flatMap(({ address, family }): [string, Source][] => {
    if ((family === 'IPv6') === isSix) return [[address, { from: sourceAddress }]];
    return held.has(name) ? [[address, {}]] : [];
  });
}

function targetsAt(
  sources: ReadonlyMap<string, Source>,
  address: string,
  of: Pick<VipTarget, 'port' | 'isOpen'>,
): VipTarget[] {
  const source = sources.get(address);
  return source === undefined ? [] : [{ address, ...of, ...source }];
}

/** `192.0.2.10:443`, `[2001:db8::1]:443`. */
export function targetName({ address, port }: Pick<VipTarget, 'address' | 'port'>): string {
  return hostPort(address.includes(':') ? 'IPv6' : 'IPv4', address, port);
}

/** What the filter says of open and closed ports (render/nft-vip-test.ts), as connect(2) has it. */
const openAnswers: ReadonlySet<Attempt> = new Set(['ENOPROTOOPT', 'EACCES']);
const closedAnswer: Attempt = 'ENETUNREACH';
/** What somebody says who takes the connection, or who does not want it. */
const othersAnswers: ReadonlySet<Attempt> = new Set(['connected', 'ECONNREFUSED', 'ECONNRESET']);

/** What an attempt at a target tells. */
export function judgeAttempt({ isOpen }: VipTarget, attempt: Attempt): VipTestResult {
  if (isOpen ? openAnswers.has(attempt) : attempt === closedAnswer) return 'reached';
  return othersAnswers.has(attempt) ? 'elsewhere' : 'unknown';
}

/** What is remembered between rounds. */
export type VipTests = {
  /** How often each suspect was answered elsewhere in a row, by its name. */
  readonly suspects: ReadonlyMap<string, number>;
  /** Where the next round goes on in the list of targets. */
  readonly next: number;
  /** Rounds since somebody was last reached; undefined: nobody was yet. */
  readonly roundsSinceReached: number | undefined;
};

export const noTests: VipTests = {
  suspects: new Map(),
  next: 0,
  roundsSinceReached: undefined,
};

/** Tries in a round: the kernel sends a node six of these answers at once, then one a second. */
export const testsPerRound = 3;
/** Suspects come first, but leave a try for the others. */
const suspectsPerRound = testsPerRound - 1;
/** What was reached so many rounds ago says nothing any more. */
const roundsMax = 10;

/** What to try next. */
export function chooseTargets(tests: VipTests, targets: readonly VipTarget[]): VipTarget[] {
  const suspects = targets
    .filter((target) => tests.suspects.has(targetName(target)))
    .slice(0, suspectsPerRound);
  const rest = targets.filter((target) => !suspects.includes(target));
  const begin = rest.length === 0 ? 0 : tests.next % rest.length;
  const inTurn = [...rest.slice(begin), ...rest.slice(0, begin)];
  return [...suspects, ...inTurn].slice(0, testsPerRound);
}

/** Takes in what a round came to; who is no target any more is forgotten. */
export function noteRound(
  tests: VipTests,
  targets: readonly VipTarget[],
  results: ReadonlyMap<VipTarget, VipTestResult>,
): VipTests {
  const names = new Set(targets.map(targetName));
  const suspects = new Map([...tests.suspects].filter(([name]) => names.has(name)));
  for (const [target, result] of results) {
    const name = targetName(target);
    if (result === 'reached') suspects.delete(name);
    if (result === 'elsewhere') suspects.set(name, (suspects.get(name) ?? 0) + 1);
  }
  const isReached = [...results.values()].includes('reached');
  const since = tests.roundsSinceReached;
  return {
    suspects,
    next: tests.next + results.size,
    roundsSinceReached: isReached ? 0 : since === undefined ? undefined : since + 1,
  };
}

/** What is to be said; undefined where there is nothing to try. */
export function vipVerdict(tests: VipTests, targets: readonly VipTarget[]): VipVerdict | undefined {
  if (targets.length === 0) return undefined;
  const names = targets.map(targetName);
  const found = names.filter((name) => (tests.suspects.get(name) ?? 0) >= testsInRowMin);
  const bypassed = found.slice(0, bypassedNamedMax);
  const isFresh = (tests.roundsSinceReached ?? Number.POSITIVE_INFINITY) < roundsMax;
  const good = isFresh ? 'Reached' : 'Unknown';
  return {
    state: found.length > 0 ? 'Elsewhere' : good,
    ...{ bypassed, bypassedCount: found.length },
  };
}
