import { by, byEach, byNumber } from '../lib/order.ts';
import type {
  Condition,
  Instance,
  NodeInterface,
  OmittedRows,
  Protocol,
  ReportedInstance,
  ReportedOther,
  ReportedPool,
  ReportedSecret,
  ReportedServerDown,
  Vip,
  Withdrawal,
} from '../model/objects.ts';
import { byInstance, vipsDigest } from '../model/vips-digest.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { VipVerdict } from '../plan/vip-test.ts';
import { reason, sentence } from '../tables/reasons.ts';
import { type Judgement, judge } from './conditions.ts';
import { judgeVips } from './judge-vips.ts';
import { rowsInTurns } from './reported-rows.ts';

/** What a pool's data plane on this node came to, as far as the report needs it. */
export type PoolReport = Omit<WorkerReport, 'instances'> & {
  readonly instances: readonly (WorkerReport['instances'][number] & {
    readonly digest: string;
    readonly disputeSeen: string;
  })[];
};

/** The same before it is said which Vips it covers. */
export type WorkerReport = {
  readonly pool: string;
  readonly ready: boolean;
  /** Why it is not ready; "" when it is. */
  readonly why: string;
  readonly instances: readonly {
    readonly name: string;
    readonly generation: number;
    readonly held: boolean;
    /**
     * HAProxy and Keepalived run with what is desired, or nothing is held here and a daemon that
     * does not run would start with it: nothing else is served on this node.
     */
    readonly programmed: boolean;
    readonly moveSerial: number;
  }[];
  readonly conflicts: readonly PortConflictReport[];
  readonly refusals: readonly RefusalReport[];
  readonly secrets: readonly SecretReport[];
  readonly serversDown: readonly ReportedServerDown[];
  /** What the node's kernel cannot send on to pods (R40). */
  readonly unsupportedProtocols: readonly Protocol[];
  /** Absent: none. */
  readonly otherServices?: readonly ReportedOther[];
  /** Absent: there was nothing to try. */
  readonly vipTest?: VipVerdict;
};
export type PortConflictReport = {
  readonly address: string;
  readonly port: number;
  readonly service: string;
};
export type SecretReport = Omit<ReportedSecret, 'pool'>;
export type RefusalReport = { readonly service: string; readonly message: string };

/** VipNode.status as it is written. */
export type VipNodeStatus = {
  readonly interfaces: readonly {
    readonly name: string;
    readonly mac: string;
    readonly addresses: readonly string[];
  }[];
  readonly pools: readonly ReportedPool[];
  readonly instances: readonly ReportedInstance[];
  readonly withdrawn: readonly Withdrawal[];
  readonly heldInstances: number;
  readonly portConflicts: readonly (PortConflictReport & { readonly pool: string })[];
  readonly refusals: readonly (RefusalReport & { readonly pool: string })[];
  readonly secrets: readonly ReportedSecret[];
  /** Rows that the lists before have no room for; absent where they have for all. */
  readonly omitted?: OmittedRows;
  readonly serversDown: readonly (ReportedServerDown & { readonly pool: string })[];
  readonly unsupportedProtocols: readonly Protocol[];
  readonly otherServices: readonly (ReportedOther & { readonly pool: string })[];
  readonly conditions: readonly Condition[];
};

type Troubles = Pick<
  VipNodeStatus,
  'portConflicts' | 'refusals' | 'secrets' | 'omitted' | 'serversDown' | 'otherServices'
>;

export type VipNodeInput = {
  readonly node: string;
  readonly reports: readonly PoolReport[];
  readonly withdrawn: readonly Withdrawal[];
  readonly interfaces: readonly NodeInterface[];
  /** What of the kernel's settings is too low; absent: nobody looked. */
  readonly kernelTroubles?: readonly string[];
  readonly previous: VipNodeStatus | undefined;
  /** RFC 3339, for a condition that flips now. */
  readonly now: string;
};

/**
 * One node's report. It has no list per VIP or per server: which Vips are programmed is one digest
 * an instance (design.md section 1), exceptions are bounded.
 */
export function vipNodeStatus(input: VipNodeInput): VipNodeStatus {
  const reports = input.reports.toSorted(by((report) => report.pool));
  return {
    interfaces: input.interfaces.toSorted(by((i) => i.name)).map(writtenInterface),
    pools: reports.map(({ pool, ready }) => ({ name: pool, ready })),
    instances: reports.flatMap(writtenInstances),
    withdrawn: input.withdrawn,
    heldInstances: reports.flatMap((report) => report.instances).filter((i) => i.held).length,
    ...troubles(reports),
    unsupportedProtocols: [
      ...new Set(reports.flatMap((report) => report.unsupportedProtocols)),
    ].sort(),
    conditions: [
      judgeReady(reports),
      ...judgeVips(input.node, reports),
      ...(reports.length === 0 ? [] : judgeKernel(input.kernelTroubles)),
    ].map((each) => written(each, input)),
  };
}

/**
 * Adds to a report which Vips it covers: those the pool was just reconciled with. A report of an
 * earlier run keeps its own digests, so that a run that failed claims nothing.
 */
export function covering(
  report: WorkerReport,
  { vips, instances }: { readonly vips: readonly Vip[]; readonly instances: readonly Instance[] },
): PoolReport {
  const vipsOf = byInstance(vips);
  return {
    ...report,
    instances: report.instances.map((each) => ({
      ...each,
      digest: each.programmed ? vipsDigest(vipsOf.get(each.name) ?? []) : '',
      disputeSeen: disputeOver(instances.find(({ name }) => name === each.name)),
    })),
  };
}

/**
 * When two nodes were first heard to hold the instance. A node that answers it is alive and holds
 * now; what a dead one wrote before it died never does.
 */
function disputeOver(instance: Instance | undefined): string {
  const held = instance?.conditions.find(({ type }) => type === 'Held');
  return held?.status === 'Unknown' ? held.lastTransitionTime : '';
}

function writtenInterface(of: NodeInterface): VipNodeStatus['interfaces'][number] {
  return { name: of.name, mac: of.mac, addresses: of.prefixes.map(formatPrefix).sort() };
}

function writtenInstances({ pool, instances }: PoolReport): ReportedInstance[] {
  return instances
    .toSorted(by((instance) => instance.name))
    .map(({ name, generation, held, digest, moveSerial, disputeSeen }) => ({
      ...{ name, pool, generation, held, digest, moveSerial, disputeSeen },
    }));
}

/** What the pools report of one kind, each with its pool. */
function ofAll<T>(reports: readonly PoolReport[], rowsOf: (report: PoolReport) => readonly T[]) {
  return reports.flatMap((report) => rowsOf(report).map((row) => ({ pool: report.pool, ...row })));
}

/** What is not as it should be, as much of it as there is room for. */
function troubles(reports: readonly PoolReport[]): Troubles {
  const conflicts = rowsInTurns(
    ofAll(reports, (report) => report.conflicts),
    byEach(
      by((c) => c.service),
      by((c) => c.address),
      byNumber((c) => c.port),
    ),
  );
  const refusals = rowsInTurns(
    ofAll(reports, (report) => report.refusals),
    by((r) => r.service),
  );
  const secrets = rowsInTurns(
    ofAll(reports, (report) => report.secrets),
    byEach(
      by((s) => s.service),
      by((s) => s.secret),
    ),
  );
  const omitted = {
    portConflicts: conflicts.omitted,
    refusals: refusals.omitted,
    secrets: secrets.omitted,
  };
  return {
    portConflicts: conflicts.rows,
    refusals: refusals.rows,
    secrets: secrets.rows,
    ...(Object.values(omitted).some((count) => count > 0) && { omitted }),
    ...harmlessTroubles(reports),
  };
}

/** Of these no condition claims that there are none. */
function harmlessTroubles(reports: readonly PoolReport[]) {
  const serversDown = rowsInTurns(
    ofAll(reports, (report) => report.serversDown),
    byEach(
      by((s) => s.service),
      by((s) => s.server),
      byNumber((s) => s.port),
    ),
  );
  const otherServices = rowsInTurns(
    ofAll(reports, (report) => report.otherServices ?? []),
    byEach(
      by((s) => s.service),
      by((s) => s.other),
      by((s) => s.why),
    ),
  );
  return { serversDown: serversDown.rows, otherServices: otherServices.rows };
}

function judgeReady(reports: readonly PoolReport[]): Judgement {
  const bad = reports.filter((report) => !report.ready);
  if (bad.length === 0) {
    return judge('Ready', 'True', reason('Serving', { count: reports.length }));
  }
  const why = bad.map((report) => `${report.pool}: ${report.why}`).join('; ');
  return judge('Ready', 'False', reason('DataPlaneNotReady', { why: why.slice(0, messageMax) }));
}

function judgeKernel(troubles: readonly string[] | undefined): Judgement[] {
  if (troubles === undefined) return [];
  const type = 'KernelSuitable';
  if (troubles.length === 0) return [judge(type, 'True', reason('KernelSuitable'))];
  return [judge(type, 'False', reason('KernelLimits', { why: troubles.join('; ') }))];
}

/** A transition time changes only with the status (metav1.Condition). */
function written(judgement: Judgement, input: VipNodeInput): Condition {
  const { type, status, reason: said } = judgement;
  const before = input.previous?.conditions.find((condition) => condition.type === type);
  return {
    type,
    status,
    reason: said.code,
    message: sentence(said),
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : input.now,
  };
}

/** metav1.Condition allows 32,768; what is longer than this nobody reads. */
const messageMax = 2_048;
