import { byEach, byNumber, byText, indexed } from '../lib/order.ts';
import { isSame } from '../lib/same.ts';
import type { Instance, Vip, VipHolder } from '../model/objects.ts';
import { formatTimestamp } from '../model/timestamp.ts';
import { othersFinalizers } from '../model/vip-finalizers.ts';
import { formatAddress } from '../net/format-address.ts';
import type { Draft, InstancePlan, VipPlan } from './draft.ts';

/** `spec` of a Vip as the API has it. */
export type VipSpec = {
  readonly address: string;
  readonly pool: string;
  readonly instance: string;
  readonly phase: Vip['phase'];
  readonly phaseSince: string;
  readonly next?: NonNullable<Vip['next']>;
  readonly previousInstance?: string;
  readonly holders?: readonly HolderSpec[];
  readonly awaitedNodes?: readonly string[];
};

/** One of `spec.holders` of a Vip as the API has it. */
export type HolderSpec = Pick<VipHolder, 'namespace' | 'name' | 'uid' | 'ports'> & {
  readonly sharingKey?: string;
  readonly retainSeconds?: number;
  readonly leavingSince?: string;
};

/** `spec` of a VrrpInstance as the API has it. */
export type InstanceSpec = {
  readonly segment: string;
  readonly vrid: number;
  readonly pool: string;
  readonly anchor: string;
  readonly advertIntervalMilliseconds: number;
  readonly members: readonly {
    readonly node: string;
    readonly address: string;
    readonly interface: string;
    readonly rank: number;
    readonly state: string;
    readonly sinceGeneration: number;
    readonly since: string;
  }[];
  readonly move?: NonNullable<Instance['move']>;
};

/**
 * What must still be true of an object when it is changed: anything else ends in 409 and a new run
 * (R37).
 */
export type Precondition = { readonly uid: string; readonly resourceVersion: string };

/**
 * One write, complete and conditional. `create` is a plain POST: its 409 is the lock (A4). Updates
 * replace spec and finalizers whole.
 */
export type Operation =
  | { readonly kind: 'instance-create'; readonly name: string; readonly spec: InstanceSpec }
  | ({
      readonly kind: 'instance-update';
      readonly name: string;
      readonly spec: InstanceSpec;
    } & Precondition)
  | {
      readonly kind: 'vip-create';
      readonly name: string;
      readonly finalizers: readonly string[];
      readonly spec: VipSpec;
    }
  | ({
      readonly kind: 'vip-update';
      readonly name: string;
      readonly finalizers: readonly string[];
      readonly spec: VipSpec;
    } & Precondition)
  | ({
      readonly kind: 'vip-delete';
      readonly name: string;
      /** What is left of them without ours, which goes first; undefined when it is gone already. */
      readonly finalizers: readonly string[] | undefined;
    } & Precondition)
  | ({ readonly kind: 'instance-delete'; readonly name: string } & Precondition);

/**
 * The writes that turn the snapshot into the draft, in the order to execute them: instances before
 * the Vips that need them, new addresses before old ones are released. Stop at the first that is
 * refused and run again. None when nothing changed (A7).
 */
export function operations(draft: Draft): readonly Operation[] {
  return [...instanceOperations(draft), ...vipOperations(draft)].toSorted(byTurn);
}

const turns: readonly Operation['kind'][] = [
  'instance-create',
  'instance-update',
  'vip-create',
  'vip-update',
  'vip-delete',
  'instance-delete',
];

const byTurn = byEach<Operation>(
  byNumber((operation) => turns.indexOf(operation.kind)),
  (a, b) => byText(a.name, b.name),
);

function vipOperations({ snapshot, vips }: Draft): Operation[] {
  const existing = indexed(snapshot.vips, ({ name }) => name);
  const created = [...vips.values()].filter((plan) => !existing.has(plan.name)).map(createVip);
  return [...created, ...snapshot.vips.flatMap((vip) => changeVip(vip, vips.get(vip.name)))];
}

function createVip({ name, finalizers, ...plan }: VipPlan): Operation {
  return { kind: 'vip-create', name, finalizers, spec: vipSpec({ name, finalizers, ...plan }) };
}

function changeVip(vip: Vip, plan: VipPlan | undefined): Operation[] {
  const { name, uid, resourceVersion } = vip;
  const condition = { name, uid, resourceVersion };
  if (plan === undefined) return deleteVip(vip);
  if (plan === vip) return [];
  const spec = vipSpec(plan);
  // One that was deleted by hand stays locked until it ends (A65), and takes no new finalizer.
  const finalizers = vip.deleting ? vip.finalizers : plan.finalizers;
  if (isSame([spec, finalizers], [vipSpec(vip), vip.finalizers])) return [];
  return [{ kind: 'vip-update', ...condition, finalizers, spec }];
}

function deleteVip(vip: Vip): Operation[] {
  const { name, uid, resourceVersion } = vip;
  const others = othersFinalizers(vip);
  const isLocked = others.length < vip.finalizers.length;
  // It goes once those who hold it back let go.
  if (vip.deleting && !isLocked) return [];
  const condition = { name, uid, resourceVersion };
  return [{ kind: 'vip-delete', ...condition, finalizers: isLocked ? others : undefined }];
}

function instanceOperations({ snapshot, instances }: Draft): Operation[] {
  const existing = new Set(snapshot.instances.map((instance) => instance.name));
  const created = [...instances.values()]
    .filter((plan) => !existing.has(plan.name))
    .map(
      (plan): Operation => ({ kind: 'instance-create', name: plan.name, spec: instanceSpec(plan) }),
    );
  const changed = snapshot.instances.flatMap((i) => changeInstance(i, instances.get(i.name)));
  return [...created, ...changed];
}

function changeInstance(instance: Instance, plan: InstancePlan | undefined): Operation[] {
  const { name, uid, resourceVersion } = instance;
  const condition = { name, uid, resourceVersion };
  if (plan === undefined) return [{ kind: 'instance-delete', ...condition }];
  const spec = instanceSpec(plan);
  if (isSame(spec, instanceSpec(instance))) return [];
  return [{ kind: 'instance-update', ...condition, spec }];
}

function vipSpec(plan: VipPlan): VipSpec {
  return {
    address: formatAddress(plan.address),
    pool: plan.pool,
    instance: plan.instance,
    phase: plan.phase,
    phaseSince: formatTimestamp(plan.phaseSinceMs),
    ...(plan.next !== undefined && { next: plan.next }),
    ...(plan.previousInstance !== undefined && { previousInstance: plan.previousInstance }),
    ...(plan.holders.length > 0 && { holders: plan.holders.map(holderSpec) }),
    ...(plan.awaitedNodes.length > 0 && { awaitedNodes: plan.awaitedNodes }),
  };
}

function holderSpec(holder: VipHolder): HolderSpec {
  const { namespace, name, uid, sharingKey, retainSeconds, leavingSinceMs, ports } = holder;
  return {
    ...{ namespace, name, uid },
    ...(sharingKey !== undefined && { sharingKey }),
    ...(retainSeconds > 0 && { retainSeconds }),
    ...{ ports: ports.map(({ protocol, port }) => ({ protocol, port })) },
    ...(leavingSinceMs !== undefined && { leavingSince: formatTimestamp(leavingSinceMs) }),
  };
}

function instanceSpec(plan: InstancePlan): InstanceSpec {
  return {
    segment: plan.segment,
    vrid: plan.vrid,
    pool: plan.pool,
    anchor: plan.anchor,
    advertIntervalMilliseconds: plan.advertIntervalMs,
    members: plan.members.map(({ sinceMs, ...member }) => ({
      ...{ node: member.node, address: member.address, interface: member.interface },
      ...{ rank: member.rank, state: member.state, sinceGeneration: member.sinceGeneration },
      since: formatTimestamp(sinceMs),
    })),
    ...(plan.move !== undefined && { move: plan.move }),
  };
}
