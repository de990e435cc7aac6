/**
 * What Services tell their clients. An address appears in a Service's status only once the Service
 * has its Vip and a node serves it (R27), and whoever publishes it has it, but for the moments that
 * `isExcused` names.
 */
import { parseService } from '../../../src/model/parse-service.ts';
import { parseVip } from '../../../src/model/parse-vip.ts';
import { vipName } from '../../../src/net/format-address.ts';
import { parseAddress } from '../../../src/net/parse-address.ts';
import type { DataPlane } from '../actors/data-plane.ts';
import { parsed } from '../server/parsed.ts';
import type { Change } from '../server/store.ts';
import type { World } from '../world/world.ts';
import type { History } from './history.ts';
import { holdersOf } from './true-state.ts';

export class Publications {
  readonly #world: World;
  readonly #dataPlane: DataPlane;
  readonly #history: History;

  constructor(world: World, dataPlane: DataPlane, history: History) {
    this.#world = world;
    this.#dataPlane = dataPlane;
    this.#history = history;
  }

  /** To be told of every change of a Service. */
  check({ plural, object, before, type, by }: Change): void {
    if (plural !== 'services' || type === 'DELETED' || !by.startsWith('controller-')) return;
    const service = parsed(object, parseService);
    if (service === undefined || before === undefined) return;
    const stood = parsed(before, parseService)?.ingress.map(({ ip }) => ip) ?? [];
    const fresh = service.ingress.map(({ ip }) => ip).filter((ip) => !stood.includes(ip));
    for (const ip of fresh)
      this.#checkFresh(`${service.namespace}/${service.name}`, service.uid, ip);
  }

  #checkFresh(key: string, uid: string, ip: string): void {
    const address = parseAddress(ip);
    const name = address.ok ? vipName(address.value) : ip;
    const raw = this.#world.server.store.get('vips', name)?.object;
    const vip = raw && parsed(raw, parseVip);
    if (this.#isExcused(uid)) return;
    if (!holdersOf(vip).includes(uid)) {
      this.#world.fail(`${key} publishes ${ip}, which it does not have`);
    } else if (!this.#isServed(name, uid)) {
      this.#world.fail(`${key} publishes ${ip}, which no node serves for it`);
    }
  }

  /**
   * A write that comes late, of a leader that was overtaken, can say what was true before the owner
   * changed the Service, or before an admin deleted its Vip or the instance that carries it, or
   * took the node out of service. The next run of the present leader mends it.
   */
  #isExcused(uid: string): boolean {
    return this.#history.didOwnerAct(uid) || this.#history.didAdminWithdraw;
  }

  #isServed(name: string, uid: string): boolean {
    return [...this.#dataPlane.nodes.values()].some((node) =>
      [...node.programmed.values()].some(({ vips }) =>
        vips.some((vip) => vip.name === name && holdersOf(vip).includes(uid)),
      ),
    );
  }
}
