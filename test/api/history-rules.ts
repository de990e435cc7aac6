/** What may never happen at any moment of a history, whoever crashes and whoever leads. */
import { addressesOf, type Shown } from './controller-fixture.ts';
import type { Change } from './history.ts';

/** Moments at which two living Services show one address (A32 without a sharing key, R36). */
export function shownTwice(changes: readonly Change[]): string[] {
  const shown = new Map<string, readonly string[]>();
  return changes.flatMap(({ kind, isDeletion, object }) => {
    if (kind !== 'Service') return [];
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    shown.set(key, isDeletion ? [] : addressesOf(object));
    return addressesOf(object).flatMap((address) => {
      const all = [...shown].filter(([, has]) => has.includes(address)).map(([name]) => name);
      return all.length > 1 ? [`${address} is shown by ${all.join(' and ')}`] : [];
    });
  });
}

/** Every address that a Service of this name has ever shown, in order of appearance. */
export function everShown(changes: readonly Change[], key: string): string[] {
  const [namespace, name] = key.split('/');
  const own = changes.filter(
    ({ kind, object: { metadata } }) =>
      kind === 'Service' && metadata.namespace === namespace && metadata.name === name,
  );
  return [...new Set(own.flatMap(({ object }) => addressesOf(object)))];
}

/**
 * Moments at which a living Service shows an address whose Vip does not name it: somebody else
 * could have got it.
 */
export function shownWithoutVip(changes: readonly Change[]): string[] {
  const holders = new Map<string, readonly string[]>();
  return changes.flatMap(({ kind, isDeletion, object }) => {
    if (kind === 'Vip') {
      holders.set(addressOf(object), isDeletion ? [] : holdersOf(object));
      return [];
    }
    const { name, namespace, uid, deletionTimestamp } = object.metadata;
    if (isDeletion || deletionTimestamp !== undefined) return [];
    return addressesOf(object)
      .filter((address) => holders.get(address)?.includes(uid) !== true)
      .map((address) => `${namespace}/${name} shows ${address}, which it does not hold`);
  });
}

/** The UIDs of the Services on a Vip. */
export function holdersOf(vip: Shown): readonly string[] {
  const holders = (vip.spec['holders'] ?? []) as readonly { readonly uid: string }[];
  return holders.map(({ uid }) => uid);
}

function addressOf(vip: Shown): string {
  return String(vip.spec['address']);
}
