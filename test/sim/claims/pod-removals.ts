/**
 * A pool's pods are not taken from under its instances: a node that the pool selects no more keeps
 * its pod for as long as an instance names it.
 */

import { poolLabel } from '../../../src/model/parse-pool-pods.ts';
import { parseInstance } from '../../../src/model/parse-vip.ts';
import { type ApiObject, fields } from '../server/api-object.ts';
import { parsed, parsedAll } from '../server/parsed.ts';
import type { Change } from '../server/store.ts';
import type { World } from '../world/world.ts';

/** A controller that is frozen or cut off writes for so long by what it saw before. */
const staleMs = 120_000;

export class PodRemovals {
  readonly #world: World;
  /** Since when each instance has named each node. */
  readonly #named = new Map<string, number>();
  /** When a controller last wrote each DaemonSet. */
  readonly #written = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** To be told of every change. */
  check({ plural, object, before, type, by }: Change): void {
    if (plural === 'vrrpinstances') this.#note(object, type === 'DELETED');
    if (plural === 'daemonsets' && by.startsWith('controller-')) {
      this.#written.set(poolOf(object), this.#world.nowMs);
    }
    const isEnding = object.metadata.deletionTimestamp !== undefined;
    const wasEnding = before?.metadata.deletionTimestamp !== undefined;
    if (plural !== 'pods' || by !== 'daemonset-controller' || !isEnding || wasEnding) return;
    this.#checkRemoval(poolOf(object), String(fields(object['spec'])['nodeName']));
  }

  #note(raw: ApiObject, isGone: boolean): void {
    const instance = parsed(raw, parseInstance);
    if (instance === undefined) return;
    const named = isGone ? [] : instance.members.map(({ node }) => keyOf(instance.name, node));
    for (const key of this.#named.keys()) {
      if (key.startsWith(keyOf(instance.name, '')) && !named.includes(key)) this.#named.delete(key);
    }
    for (const key of named) {
      if (!this.#named.has(key)) this.#named.set(key, this.#world.nowMs);
    }
  }

  /** Pods of a pool or a DaemonSet that somebody deleted go with it. */
  #checkRemoval(pool: string, node: string): void {
    const sets = this.#world.list('daemonsets').map((set) => poolOf(set));
    const isNodeThere = this.#world.list('nodes').some(({ metadata }) => metadata.name === node);
    if (!sets.includes(pool) || !isNodeThere) return;
    const writtenMs = this.#written.get(pool) ?? 0;
    for (const instance of parsedAll(this.#world.list('vrrpinstances'), parseInstance)) {
      const namedMs = this.#named.get(keyOf(instance.name, node)) ?? Infinity;
      if (instance.pool !== pool || namedMs + staleMs > writtenMs) continue;
      this.#world.fail(`${node} loses its pod of ${pool}, and ${instance.name} names it`);
    }
  }
}

function keyOf(instance: string, node: string): string {
  return `${instance} ${node}`;
}

function poolOf({ metadata }: ApiObject): string {
  return metadata.labels?.[poolLabel] ?? '';
}
