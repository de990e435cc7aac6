import { fieldsOf, textOf, textsOf } from '../model/raw.ts';
import {
  ownServiceFinalizer,
  poolFinalizer,
  serviceFinalizers,
  vipFinalizer,
} from '../tables/names.ts';

/** An object that would stay behind undeletable, or would have no meaning any more. */
export type Leftover = {
  readonly kind: 'Service' | 'VipPool' | 'Vip' | 'VrrpInstance';
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** What its finalizers shall be; `undefined` when none of ours stands on it. */
  readonly finalizers: readonly string[] | undefined;
  /** Whether it is deleted as well. */
  readonly isDeleted: boolean;
};

/** Reads one object of a list; `undefined` when there is nothing of ours on it (R14). */
export function leftoverOf(kind: Leftover['kind'], raw: unknown): Leftover | undefined {
  const metadata = fieldsOf(fieldsOf(raw)['metadata']);
  const standing = textsOf(metadata['finalizers']);
  const ours = oursOn(kind, standing);
  const isDeleted = kind === 'Vip' || kind === 'VrrpInstance';
  const hasOurs = standing.some((finalizer) => ours.includes(finalizer));
  if (!hasOurs && !isDeleted) return undefined;
  const namespace = textOf(metadata['namespace']);
  return {
    kind,
    namespace: namespace === '' ? undefined : namespace,
    name: textOf(metadata['name']),
    uid: textOf(metadata['uid']),
    resourceVersion: textOf(metadata['resourceVersion']),
    finalizers: hasOurs ? standing.filter((finalizer) => !ours.includes(finalizer)) : undefined,
    isDeleted,
  };
}

/** The well-known one alone is no proof that a Service was ours (R10). */
function oursOn(kind: Leftover['kind'], standing: readonly string[]): readonly string[] {
  if (kind === 'Service') return standing.includes(ownServiceFinalizer) ? serviceFinalizers : [];
  if (kind === 'VipPool') return [poolFinalizer];
  return kind === 'Vip' ? [vipFinalizer] : [];
}
