/**
 * What may become of a Vip in one write, and for which cause (allocation.md A17, A32, A46, A57,
 * A64; invariants 1, 4 and 7 of its section 11). Looked at for every write of a controller, whether
 * it leads or only believes so, and however old what it saw was.
 */
import type { Service, Vip, VipHolder } from '../../../src/model/objects.ts';
import { parsePool } from '../../../src/model/parse-pool.ts';
import { parseService } from '../../../src/model/parse-service.ts';
import { parseVip } from '../../../src/model/parse-vip.ts';
import { formatAddress, vipName } from '../../../src/net/format-address.ts';
import type { DataPlane } from '../actors/data-plane.ts';
import { parsed, parsedAll } from '../server/parsed.ts';
import type { Change } from '../server/store.ts';
import type { World } from '../world/world.ts';
import type { History } from './history.ts';
import { holdersOf, isServing, vipsOf } from './true-state.ts';

type Step = { readonly old: Vip | undefined; readonly vip: Vip | undefined };

export class VipTransitions {
  readonly #world: World;
  readonly #dataPlane: DataPlane;
  readonly #history: History;

  constructor(world: World, dataPlane: DataPlane, history: History) {
    this.#world = world;
    this.#dataPlane = dataPlane;
    this.#history = history;
  }

  /** To be told of every change of a Vip. */
  check({ plural, object, before, type, by }: Change): void {
    // What an admin deletes is released by that (A64).
    if (plural !== 'vips' || by === 'platform') return;
    const vip = type === 'DELETED' ? undefined : parsed(object, parseVip);
    const old = before === undefined ? undefined : parsed(before, parseVip);
    const named = vip ?? old;
    if (named === undefined || named.name !== vipName(named.address)) {
      this.#world.fail(`Vip ${object.metadata.name} is not named after its address`);
      return;
    }
    this.#checkPhases({ old, vip });
    this.#checkSharing(vip);
    this.#checkHoldersStay({ old, vip });
    this.#checkWithdrawn({ old, vip });
  }

  /** One that somebody deletes by hand stays like any other (A65). */
  #checkHoldersStay({ old, vip }: Step): void {
    if (old === undefined) return;
    const lost = holdersOf(old).filter((uid) => !holdersOf(vip).includes(uid));
    for (const uid of lost) this.#checkCause(old, uid);
  }

  #checkPhases({ old, vip }: Step): void {
    const was = old?.phase ?? 'none';
    const is = vip?.phase ?? 'none';
    const name = vip?.name ?? old?.name;
    if (!legal[was].includes(is)) this.#world.fail(`Vip ${name}: ${was} → ${is} in one write`);
    if (isServing(vip) && vip.holders.length === 0) {
      this.#world.fail(`Vip ${name}: ${is} by nobody`);
    }
    if (was === 'Retained' && is === 'Held') this.#checkRetained({ old, vip });
  }

  /** A61: what is kept is kept for a name; once its time is over it is anybody's. */
  #checkRetained({ old, vip }: Step): void {
    const nameOf = ({ namespace, name }: VipHolder): string => `${namespace}/${name}`;
    const kept = (old?.holders ?? []).map(nameOf);
    const taken = (vip?.holders ?? []).map(nameOf);
    const asked = Math.max(0, ...(old?.holders ?? []).map((holder) => holder.retainSeconds));
    const pools = parsedAll(this.#world.list('vippools'), parsePool);
    const allowed = pools.find((pool) => pool.name === old?.pool)?.maxRetainSeconds ?? 0;
    const seconds = Math.min(asked, allowed);
    const untilMs = (old?.phaseSinceMs ?? 0) + seconds * 1000;
    const isOver = untilMs <= this.#world.wallMs + 1_000;
    if (isOver || this.#history.isTimeDoubtful) return;
    if (taken.some((name) => kept.includes(name))) return;
    this.#world.fail(`Vip ${old?.name} was kept for ${kept} and given to ${taken}`);
  }

  /** A32, A33, for every pair of those who are on it, or still on their way off it. */
  #checkSharing(vip: Vip | undefined): void {
    if (!isServing(vip)) return;
    for (const [index, a] of vip.holders.entries()) {
      for (const b of vip.holders.slice(index + 1)) {
        const isAllowed =
          a.namespace === b.namespace &&
          a.sharingKey !== undefined &&
          a.sharingKey === b.sharingKey &&
          !a.ports.some((p) => b.ports.some((q) => p.port === q.port && p.protocol === q.protocol));
        const areLeaving = a.leavingSinceMs !== undefined || b.leavingSinceMs !== undefined;
        if (isAllowed || areLeaving) continue;
        const names = [a, b].map(({ namespace, name }) => `${namespace}/${name}`);
        this.#world.fail(`${names.join(' and ')} may not share ${formatAddress(vip.address)}`);
      }
    }
  }

  /** A held address is taken only because its owner did something, or has another one instead. */
  #checkCause(old: Vip, uid: string): void {
    const raw = this.#world.list('services').find(({ metadata }) => metadata.uid === uid);
    const service = raw && parsed(raw, parseService);
    if (service === undefined || service.deleting) return;
    const vips = parsedAll(this.#world.list('vips'), parseVip);
    const { family } = old.address;
    const twins = vipsOf(vips, uid).filter((vip) => vip.address.family === family);
    if (twins.length > 0 || this.#history.didOwnerAct(uid) || isHalf(service, vips, old)) return;
    if (service.familyPolicy === 'RequireDualStack' && this.#history.didTwoLead) return;
    const whose = `${service.namespace}/${service.name}`;
    this.#world.fail(`${formatAddress(old.address)} was taken from ${whose}, which did nothing`);
  }

  /**
   * A withdrawal ends when no node serves the address any more for those who had it, however cut
   * off the node may be (R7, A64): from then on anybody may have it.
   */
  #checkWithdrawn({ old, vip }: Step): void {
    if (old === undefined || !['Releasing', 'Quarantined'].includes(old.phase)) return;
    if (vip?.phase === 'Releasing' || vip?.phase === 'Quarantined') return;
    if (this.#history.wasVipLost(old.name)) return;
    // Who deletes a Node says that it is gone; one that comes back is asked once it has reported.
    const nodes = new Set(this.#world.list('vipnodes').map(({ metadata }) => metadata.name));
    for (const node of this.#dataPlane.nodes.values()) {
      const all = [...node.programmed.values()].flatMap(({ vips }) => vips);
      const served = all.find((other) => other.name === old.name);
      const had = old.holders.map(({ uid }) => uid);
      const others = holdersOf(served).filter((uid) => had.includes(uid));
      if (others.length === 0 || !nodes.has(node.name)) continue;
      this.#world.fail(`${old.name} is free, and ${node.name} serves it for ${others}`);
    }
  }
}

/** A6: who must have both families gives one back that it has alone. */
function isHalf({ uid, familyPolicy }: Service, vips: readonly Vip[], { address }: Vip): boolean {
  const others = vipsOf(vips, uid).filter((vip) => vip.address.family !== address.family);
  return familyPolicy === 'RequireDualStack' && others.length === 0;
}

const ended = ['Retained', 'Cooling', 'none', 'Held'];

/**
 * By phase, those that may follow. Whatever ends may be Held at once again: one run can free an
 * address and give it away.
 */
const legal: Readonly<Record<Vip['phase'] | 'none', readonly string[]>> = {
  none: ['Held'],
  Held: ['Held', 'Stranded', 'Releasing'],
  Stranded: ['Held', 'Stranded', 'Releasing'],
  Releasing: ['Releasing', 'Quarantined', ...ended],
  Quarantined: ['Quarantined', ...ended],
  Retained: ['Retained', 'Cooling', 'none', 'Held'],
  Cooling: ['Cooling', 'none', 'Held'],
};
