import { parseMetadata } from './parse-metadata.ts';
import { fieldsOf, listOf, numberOf, type Raw, textOf } from './raw.ts';

/** Set by the controller on a pool's DaemonSet and, through its template, on every pod of it. */
export const poolLabel = 'fairlead.dev/pool';
export const dataPlaneHashAnnotation = 'fairlead.dev/data-plane-hash';

/** A pool's DaemonSet as far as the rollout needs it. */
export type DaemonSet = {
  readonly name: string;
  readonly uid: string;
  readonly pool: string;
  readonly hash: string;
  readonly wanted: number;
  readonly ready: number;
};

/** One pod of a pool's DaemonSet. */
export type PoolPod = {
  readonly name: string;
  readonly uid: string;
  readonly pool: string;
  readonly node: string;
  readonly hash: string;
  readonly ready: boolean;
  readonly deleting: boolean;
};

/** Reads a DaemonSet of a pool; `undefined` for others. */
export function parseDaemonSet(raw: Raw): DaemonSet | undefined {
  const metadata = parseMetadata(raw);
  const pool = metadata?.labels[poolLabel];
  if (metadata === undefined || pool === undefined) return undefined;
  const status = fieldsOf(fieldsOf(raw)['status']);
  return {
    name: metadata.name,
    uid: metadata.uid,
    pool,
    hash: annotation(raw, dataPlaneHashAnnotation),
    wanted: numberOf(status['desiredNumberScheduled']),
    ready: numberOf(status['numberReady']),
  };
}

/** Reads a pod of a pool; `undefined` for others. */
export function parsePoolPod(raw: Raw): PoolPod | undefined {
  const metadata = parseMetadata(raw);
  const pool = metadata?.labels[poolLabel];
  if (metadata === undefined || pool === undefined) return undefined;
  const conditions = listOf(fieldsOf(fieldsOf(raw)['status'])['conditions']).map(fieldsOf);
  return {
    name: metadata.name,
    uid: metadata.uid,
    pool,
    node: textOf(fieldsOf(fieldsOf(raw)['spec'])['nodeName']),
    hash: annotation(raw, dataPlaneHashAnnotation),
    ready: conditions.some((c) => c['type'] === 'Ready' && c['status'] === 'True'),
    deleting: metadata.deleting,
  };
}

function annotation(raw: Raw, name: string): string {
  const metadata = fieldsOf(fieldsOf(raw)['metadata']);
  return textOf(fieldsOf(metadata['annotations'])[name]);
}
