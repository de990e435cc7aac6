import type { Node, Pool } from './objects.ts';
import { fieldsOf, type Raw, textOf } from './raw.ts';

type Taint = Node['taints'][number];

/**
 * Whether the pool's pods are scheduled to the node in spite of its taints (P20: the DaemonSet
 * controller adds some itself).
 */
export function tolerates(pool: Pool, node: Node): boolean {
  return node.taints
    .filter((taint) => taint.effect !== 'PreferNoSchedule' && !alwaysTolerated.has(taint.key))
    .every((taint) => pool.tolerations.some((toleration) => covers(toleration, taint)));
}

const alwaysTolerated = new Set([
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
  'node.kubernetes.io/disk-pressure',
  'node.kubernetes.io/memory-pressure',
  'node.kubernetes.io/pid-pressure',
  'node.kubernetes.io/unschedulable',
  'node.kubernetes.io/network-unavailable',
]);

function covers(raw: Raw, taint: Taint): boolean {
  const toleration = fieldsOf(raw);
  const [key, effect] = [textOf(toleration['key']), textOf(toleration['effect'])];
  if (effect !== '' && effect !== taint.effect) return false;
  if (toleration['operator'] === 'Exists') return key === '' || key === taint.key;
  return key === taint.key && textOf(toleration['value']) === taint.value;
}
