import { by } from '../lib/order.ts';
import { Remembered } from '../lib/remembered.ts';
import type { Vip } from './objects.ts';

/**
 * One word for "these Vips at these generations": a node that reports it has programmed exactly
 * them (contract between agent and controller, VipNode.status.instances[].digest). The order of the
 * input does not matter. 16 hex digits. A Vip made anew under its name begins at generation 1
 * again, so the uid says which one is meant (R11).
 */
export function vipsDigest(vips: readonly Pick<Vip, 'uid' | 'generation'>[]): string {
  const lines = vips.toSorted(by((vip) => vip.uid)).map((vip) => `${vip.uid}@${vip.generation}`);
  return fingerprint(lines.join('\n'));
}

/**
 * The digest of all Vips that name an instance, released and cooling ones too: a node that reports
 * it has also confirmed what it withdrew (A57).
 */
export function instanceDigest(instance: string, vips: readonly Vip[]): string {
  return vipsDigest(vips.filter((vip) => instancesOf(vip).includes(instance)));
}

/**
 * The instances that have to know of a Vip: the one that carries it, and the one of another pool
 * that prepares to (A47).
 */
export function instancesOf({ instance, next }: Pick<Vip, 'instance' | 'next'>): readonly string[] {
  return next === undefined ? [instance] : [instance, next.instance];
}

/** Vips by the instances that have to know of them. */
export function byInstance(vips: readonly Vip[]): ReadonlyMap<string, readonly Vip[]> {
  const groups = new Map<string, Vip[]>();
  for (const vip of vips) {
    for (const instance of instancesOf(vip)) {
      const group = groups.get(instance);
      if (group === undefined) groups.set(instance, [vip]);
      else group.push(vip);
    }
  }
  return groups;
}

/** The digests of all instances that a Vip names. */
export function instanceDigests(vips: readonly Vip[]): ReadonlyMap<string, string> {
  const groups = [...byInstance(vips)];
  return new Map(groups.map(([name, own]) => [name, digestOf(own)]));
}

/** Most instances have the very Vips that they had when they were asked about before. */
function digestOf(vips: readonly Vip[]): string {
  const [first] = vips;
  return first === undefined ? vipsDigest(vips) : known.of(first, vips, () => vipsDigest(vips));
}

const known = new Remembered<Vip, string>();

/**
 * Two FNV-1a 32 of different beginnings, as 16 hex digits: tells texts apart that nobody forges,
 * and needs no `node:crypto`.
 */
export function fingerprint(text: string): string {
  return `${fnv1a(text, 0x811c9dc5)}${fnv1a(text, 0x01000193)}`;
}

function fnv1a(text: string, start: number): string {
  let hash = start;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
