/**
 * Server-side apply, as far as our writers need it (sigs.k8s.io/structured-merge-diff): an object
 * is a set of leaves, each owned by those who wrote it. Applying sets one's leaves, and removes
 * those one no longer names and nobody else owns. All our writers force, so there are no conflicts.
 *
 *   {status: {node: 'n1'}}                        leaf  status.node = 'n1'
 *   {conditions: [{type: 'Held', status: 'True'}]} leaves conditions.[type=Held].type, ….status
 *
 * A list without keys is one leaf: whoever writes it owns it whole.
 */
import { type Fields, isEqualJson, isFields } from './api-object.ts';

/** Leaves by owner: `manager/operation/subresource`. */
export type Owners = ReadonlyMap<string, ReadonlySet<string>>;

/** Which lists have keys: `status.conditions` → `['type']`. All others are atomic. */
export type ListKeys = Readonly<Record<string, readonly string[]>>;

/** Unlikely inside a field's name. */
const separator = '\u001f';

type Leaves = Map<string, unknown>;

/** What comes of an apply. */
export type Applied = { readonly value: Fields; readonly owners: Owners };

/** The fields after `owner` applied `wanted`, with force. */
export function applyFields(
  live: { readonly value: Fields; readonly owners: Owners },
  wanted: { readonly value: Fields; readonly owner: string },
  listKeys: ListKeys,
): Applied {
  const leaves = leavesOf(live.value, listKeys);
  const own = leavesOf(wanted.value, listKeys);
  const owners = new Map([...live.owners].map(([name, paths]) => [name, new Set(paths)]));
  for (const path of owners.get(wanted.owner) ?? []) {
    if (own.has(path)) continue;
    const others = [...owners].filter(([name]) => name !== wanted.owner).map(([, paths]) => paths);
    if (!others.some((paths) => paths.has(path))) leaves.delete(path);
    const item = itemOf(path);
    const isItemWanted = (paths: Iterable<string>) => hasDescendants(paths, item);
    if (item !== '' && ![own.keys(), ...others].some(isItemWanted)) dropDescendants(leaves, item);
  }
  for (const [path, value] of own) {
    if (!isEqualJson(leaves.get(path), value)) disown(owners, path, wanted.owner);
    dropAncestors(leaves, path);
    // Items of a list come in the order in which they were applied last.
    leaves.delete(path);
    if (!isEmptyMap(value) || !hasDescendants(leaves.keys(), path)) leaves.set(path, value);
  }
  owners.set(wanted.owner, new Set(own.keys()));
  return { value: fromLeaves(leaves, listKeys), owners };
}

/** Who owns what after somebody wrote without apply: what changed is theirs. */
export function ownersAfterUpdate(
  before: { readonly value: Fields; readonly owners: Owners },
  after: { readonly value: Fields; readonly owner: string },
  listKeys: ListKeys,
): Owners {
  const [old, now] = [leavesOf(before.value, listKeys), leavesOf(after.value, listKeys)];
  const changed = [...new Set([...old.keys(), ...now.keys()])].filter(
    (path) => !isEqualJson(old.get(path), now.get(path)),
  );
  if (changed.length === 0) return before.owners;
  const owners = new Map([...before.owners].map(([name, paths]) => [name, new Set(paths)]));
  const own = owners.get(after.owner) ?? new Set<string>();
  owners.set(after.owner, own);
  for (const path of changed) {
    disown(owners, path, after.owner);
    if (now.has(path)) own.add(path);
    else own.delete(path);
  }
  return owners;
}

function disown(owners: Map<string, Set<string>>, path: string, except: string): void {
  for (const [name, paths] of owners) if (name !== except) paths.delete(path);
}

function isEmptyMap(value: unknown): boolean {
  return isFields(value) && Object.keys(value).length === 0;
}

function hasDescendants(paths: Iterable<string>, path: string): boolean {
  return [...paths].some((other) => other.startsWith(path + separator));
}

/** With an item of a list goes what nobody owns of it: its defaults. */
function dropDescendants(leaves: Leaves, path: string): void {
  for (const other of [...leaves.keys()]) {
    if (other.startsWith(path + separator)) leaves.delete(other);
  }
}

/** The path of the item of a list that a leaf is in; empty for others. */
function itemOf(path: string): string {
  const start = path.indexOf(`${separator}[`);
  return start < 0 ? '' : path.slice(0, path.indexOf(separator, start + 1));
}

function dropAncestors(leaves: Leaves, path: string): void {
  for (let end = path.lastIndexOf(separator); end > 0; end = path.lastIndexOf(separator, end - 1)) {
    leaves.delete(path.slice(0, end));
  }
}

function leavesOf(value: Fields, listKeys: ListKeys): Leaves {
  const leaves: Leaves = new Map();
  const walk = (at: unknown, path: readonly string[], names: readonly string[]): void => {
    const keys = listKeys[names.join('.')];
    if (at === undefined) return;
    if (isFields(at) && Object.keys(at).length > 0) {
      for (const [name, child] of Object.entries(at))
        walk(child, [...path, name], [...names, name]);
    } else if (Array.isArray(at) && keys !== undefined && at.length > 0) {
      for (const item of at) walk(item, [...path, itemName(item, keys)], names);
    } else leaves.set(path.join(separator), at);
  };
  for (const [name, child] of Object.entries(value)) walk(child, [name], [name]);
  return leaves;
}

/** As managedFields prints it; text and number stay apart. */
function itemName(item: unknown, keys: readonly string[]): string {
  const fields = isFields(item) ? item : {};
  return `[${JSON.stringify(keys.map((key) => fields[key]))}]`;
}

type Branch = { readonly children: Map<string, Branch>; leaf?: { readonly value: unknown } };

/** Builds the value back; list items stay in the order of their first leaf. */
function fromLeaves(leaves: Leaves, listKeys: ListKeys): Fields {
  const root: Branch = { children: new Map() };
  for (const [path, value] of leaves) {
    let at = root;
    for (const part of path.split(separator)) {
      const next = at.children.get(part) ?? { children: new Map() };
      at.children.set(part, next);
      at = next;
    }
    at.leaf = { value };
  }
  return build(root, [], listKeys) as Fields;
}

function build(branch: Branch, names: readonly string[], listKeys: ListKeys): unknown {
  if (branch.children.size === 0) return branch.leaf?.value;
  // Inside an item the path is no list's any more.
  const isList = listKeys[names.join('.')] !== undefined;
  const children = [...branch.children].map(
    ([name, child]) => [name, build(child, [...names, isList ? '[]' : name], listKeys)] as const,
  );
  return isList ? children.map(([, item]) => item) : Object.fromEntries(children);
}
