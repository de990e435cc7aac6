import { plugin } from '../explain/commands.ts';
import type { LeftoverCount, UninstallReport } from '../explain/edit-reports.ts';
import { whyNoLeader } from '../explain/leader.ts';
import { type Leftover, leftoverOf } from '../explain/leftovers.ts';
import { type Line, toned } from '../explain/page.ts';
import { type Resource, resources } from '../kube/api-path.ts';
import { patchFinalizers, remove, type WriteOutcome } from '../kube/apply.ts';
import { KubeError } from '../kube/kube-error.ts';
import { ownResources } from '../kube/own-resources.ts';
import type { CliExit } from '../tables/cli-verbs.ts';
import { noOperands } from './arguments.ts';
import { CliError } from './cli-error.ts';
import type { Cluster } from './cluster.ts';
import { listAll } from './list.ts';
import { print } from './print.ts';
import { readLeader } from './read-leader.ts';
import type { Run } from './run.ts';

/** In this order: nothing that is still served loses what protects it before its Service does. */
const kinds: readonly (readonly [Leftover['kind'], Resource])[] = [
  ['Service', resources.services],
  ['VipPool', ownResources.vipPools],
  ['Vip', ownResources.vips],
  ['VrrpInstance', ownResources.vrrpInstances],
];

/** Writes at the same time; the API server's own fairness does the rest. */
const atOnce = 8;

/** Lists again after that many rounds: whatever changed meanwhile is seen in the next one. */
const roundsMax = 5;

/** `uninstall`: 1 when a controller leads, or something is left (R14). */
export async function uninstall(run: Run): Promise<CliExit> {
  const { given, shell } = run;
  noOperands(given);
  const why = await whyNotNow(run);
  if (why !== undefined && given.isSet('yes')) throw new CliError(1, why);
  const before = await leftovers(run);
  const isDone = given.isSet('yes');
  const left = isDone ? await removed(run, before) : before;
  const counts = kinds.map(([kind]) => countOf(kind, before, isDone ? left : before));
  const report: UninstallReport = {
    ...{ kind: 'UninstallReport', dryRun: !isDone, counts },
    blockedBy: why ?? null,
    next: nextCommands,
  };
  print(shell, given.output, { report, lines: () => lines({ counts, isDone, why }) });
  return isDone && left.length > 0 ? 1 : 0;
}

/** A controller that runs would put everything back at once. */
async function whyNotNow(run: Run): Promise<string | undefined> {
  const { given, cluster } = run;
  if (given.isSet('ignore-leader')) return undefined;
  const lease = await readLeader(cluster);
  if (lease === undefined) return `who leads is not known: look, then say --ignore-leader`;
  if (whyNoLeader({ lease, snapshot: { nowMs: cluster.nowMs() } }) !== undefined) return undefined;
  const { systemNamespace: namespace } = cluster;
  const stop = `kubectl scale -n ${namespace} deployment/fairlead-controller --replicas=0`;
  return `controller ${lease.holder} leads and would put everything back; first: ${stop}`;
}

async function leftovers({ cluster }: Run): Promise<readonly Leftover[]> {
  const lists = await Promise.all(kinds.map((kind) => leftoversOf(cluster, kind)));
  return lists.flat();
}

/** Whoever deleted the CRDs first needs this most: the Services' finalizers are still there. */
async function leftoversOf(
  cluster: Cluster,
  [kind, resource]: (typeof kinds)[number],
): Promise<readonly Leftover[]> {
  try {
    const listed = await listAll(cluster, { resource }, (raw) => leftoverOf(kind, raw));
    if (listed.forbidden !== undefined) throw new CliError(3, listed.forbidden);
    return listed.values;
  } catch (error) {
    if (error instanceof KubeError && error.code === 'NotFound') return [];
    throw error;
  }
}

/** Answers what is still there after some rounds. */
async function removed(run: Run, first: readonly Leftover[]): Promise<readonly Leftover[]> {
  let open = first;
  for (let round = 0; round < roundsMax && open.length > 0; round += 1) {
    for (const [kind, resource] of kinds) {
      const own = open.filter((leftover) => leftover.kind === kind);
      await inTurns(own, (leftover) => removeOne(run, resource, leftover));
    }
    open = await leftovers(run);
  }
  return open;
}

async function inTurns<T>(values: readonly T[], work: (value: T) => Promise<void>): Promise<void> {
  const queue = [...values];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** What was changed by somebody else meanwhile is met again in the next round. */
async function removeOne({ cluster }: Run, resource: Resource, of: Leftover): Promise<void> {
  const { name, namespace, uid, resourceVersion, finalizers } = of;
  const target = { client: cluster.client, resource };
  const ref = { namespace, name };
  let outcome: WriteOutcome | undefined;
  if (finalizers !== undefined) {
    outcome = await patchFinalizers(target, ref, { uid, resourceVersion, finalizers });
  }
  const isOpen = outcome === undefined || outcome.kind === 'ok';
  if (of.isDeleted && isOpen) await remove(target, ref, { uid });
}

function countOf(
  kind: Leftover['kind'],
  before: readonly Leftover[],
  left: readonly Leftover[],
): LeftoverCount {
  const own = before.filter((leftover) => leftover.kind === kind);
  return {
    kind,
    finalizers: own.filter(({ finalizers }) => finalizers !== undefined).length,
    deletions: own.filter(({ isDeleted }) => isDeleted).length,
    left: left.filter((leftover) => leftover.kind === kind).length,
  };
}

const nextCommands = [
  'kubectl delete vippools --all',
  'helm uninstall fairlead',
  'kubectl delete crd vippools.fairlead.dev vippolicies.fairlead.dev vips.fairlead.dev vrrpinstances.fairlead.dev vipnodes.fairlead.dev',
];

function lines(of: {
  readonly counts: readonly LeftoverCount[];
  readonly isDone: boolean;
  readonly why: string | undefined;
}): Line[] {
  const left = of.counts.reduce((sum, count) => sum + count.left, 0);
  const verb = of.isDone ? '' : 'would ';
  const body = of.counts.map(
    ({ kind, finalizers, deletions }): Line => [
      `  ${kind}: ${verb}take finalizers off ${finalizers}, delete ${deletions}`,
    ],
  );
  if (!of.isDone) {
    return [
      [toned('strong', 'Nothing was done; --yes does it. All VIPs would stop answering.')],
      ...body,
      ...(of.why === undefined ? [] : [[toned('bad', `refused as things are: ${of.why}`)]]),
    ];
  }
  if (left > 0) {
    return [
      ...body,
      [toned('bad', `${left} objects are still there: run ${plugin} uninstall again`)],
    ];
  }
  return [
    ...body,
    [toned('good', 'Nothing of Fairlead holds anything back any more. Next:')],
    ...nextCommands.map((command): Line => [`  ${command}`]),
    ['Services keep status.loadBalancer: a later installation gives them the same addresses.'],
  ];
}
