import type { Operation } from '../allocate/operations.ts';
import { assert } from '../lib/assert.ts';
import type { ClusterSnapshot, Instance, Vip } from '../model/objects.ts';
import { parseInstance, parseVip } from '../model/parse-vip.ts';
import { formatTimestamp } from '../model/timestamp.ts';

/**
 * The snapshot as it would be once the API server took every operation: what a watch would show
 * next. For a dry run; nothing is written anywhere.
 */
export function afterOperations(
  snapshot: ClusterSnapshot,
  operations: readonly Operation[],
): ClusterSnapshot {
  const vips = new Map(snapshot.vips.map((vip) => [vip.name, vip]));
  const instances = new Map(snapshot.instances.map((instance) => [instance.name, instance]));
  for (const operation of operations) {
    changeVips(vips, operation, snapshot.nowMs);
    changeInstances(instances, operation, snapshot.nowMs);
  }
  return { ...snapshot, vips: [...vips.values()], instances: [...instances.values()] };
}

function changeVips(vips: Map<string, Vip>, operation: Operation, nowMs: number): void {
  const { kind, name } = operation;
  if (kind === 'vip-delete') vips.delete(name);
  if (kind !== 'vip-create' && kind !== 'vip-update') return;
  const before = vips.get(name);
  assert((kind === 'vip-create') === (before === undefined), 'only what is not there is made', {
    ...{ kind, name },
  });
  const metadata = { ...metadataOf(name, before, nowMs), finalizers: operation.finalizers };
  const { statusNode: node, statusServices: services, conditions } = before ?? {};
  const vip = parseVip({
    metadata,
    spec: operation.spec,
    status: { node, services, conditions },
  });
  assert(vip !== undefined, 'a Vip of ours can be read', { name });
  vips.set(name, vip);
}

function changeInstances(
  instances: Map<string, Instance>,
  operation: Operation,
  nowMs: number,
): void {
  const { kind, name } = operation;
  if (kind === 'instance-delete') instances.delete(name);
  if (kind !== 'instance-create' && kind !== 'instance-update') return;
  const before = instances.get(name);
  assert((kind === 'instance-create') === (before === undefined), 'as with Vips', { kind, name });
  const { statusHolder: holder, statusMembers: members, conditions } = before ?? {};
  const instance = parseInstance({
    metadata: metadataOf(name, before, nowMs),
    spec: operation.spec,
    status: { holder, members, conditions },
  });
  assert(instance !== undefined, 'a VrrpInstance of ours can be read', { name });
  instances.set(name, instance);
}

function metadataOf(name: string, before: Vip | Instance | undefined, nowMs: number) {
  const generation = (before?.generation ?? 0) + 1;
  const createdMs = before !== undefined && 'createdMs' in before ? before.createdMs : nowMs;
  return {
    ...{ name, generation, uid: before?.uid ?? `planned-${name}` },
    resourceVersion: `${before?.resourceVersion ?? ''}+`,
    creationTimestamp: formatTimestamp(createdMs),
  };
}
