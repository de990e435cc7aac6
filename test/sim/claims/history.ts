/**
 * What people did since everything was at rest last, and what was so then. A controller may act
 * late on what it saw, but not on what was settled and looked at before the storm.
 */
import { parseVipNode } from '../../../src/model/parse-vip-node.ts';
import { type ApiObject, type Fields, fields, isEqualJson } from '../server/api-object.ts';
import { parsed } from '../server/parsed.ts';
import type { Change } from '../server/store.ts';
import type { World } from '../world/world.ts';

const owners = new Set(['user', 'platform', 'namespace-controller']);
const prefix = 'fairlead.dev/';

/** Whoever deletes these, or takes a node out of service, takes addresses off the nodes. */
const withdrawnByHand = new Set(['vips', 'vrrpinstances', 'nodes']);

export class History {
  readonly #world: World;
  readonly #changedServices = new Set<string>();
  readonly #vipsLost = new Set<string>();
  #arePoolsChanged = false;
  #didClocksJump = false;
  #didTwoLead = false;
  #didAdminWithdraw = false;
  /** Node and instance, reported at the last rest and ever since. */
  #reported: ReadonlySet<string> = new Set();

  constructor(world: World) {
    this.#world = world;
    world.onClockJump = () => {
      this.#didClocksJump = true;
    };
  }

  /** To be told of every change. */
  note({ plural, by, object, before, type }: Change): void {
    if (plural === 'vippools' && by === 'platform') this.#arePoolsChanged = true;
    if (withdrawnByHand.has(plural) && by === 'platform') this.#didAdminWithdraw = true;
    if (plural === 'vips' && by === 'platform' && type === 'DELETED') {
      this.#vipsLost.add(object.metadata.name);
    }
    if (plural === 'vipnodes') {
      const now = new Set(type === 'DELETED' ? [] : reportsIn(object));
      const isOf = (report: string): boolean => report.startsWith(`${object.metadata.name} `);
      this.#reported = new Set([...this.#reported].filter((r) => !isOf(r) || now.has(r)));
    }
    if (plural !== 'services' || !owners.has(by)) return;
    // That it was created is no reason to lose what it was given.
    if (before === undefined || isEqualJson(wishesOf(before), wishesOf(object))) return;
    this.#changedServices.add(object.metadata.uid);
  }

  /** Everything has come to rest: what was done before explains nothing any more. */
  rest(): void {
    this.#changedServices.clear();
    this.#vipsLost.clear();
    this.#arePoolsChanged = false;
    this.#didClocksJump = false;
    this.#didTwoLead = false;
    this.#didAdminWithdraw = false;
    this.#reported = new Set(this.#world.list('vipnodes').flatMap(reportsIn));
  }

  /** To be told at every write of who believes to lead. */
  noteLeaders(leaders: readonly string[]): void {
    if (leaders.length > 1) this.#didTwoLead = true;
  }

  /**
   * Whether two believed to lead: the one may see half of what the other has just written, and take
   * it back.
   */
  get didTwoLead(): boolean {
    return this.#didTwoLead;
  }

  /** Whether its owner changed what a Service wants. */
  didOwnerAct(uid: string): boolean {
    return this.#changedServices.has(uid);
  }

  /** Whether a pool may allow less than it did, or no clock can tell how long something took. */
  get isTimeDoubtful(): boolean {
    return this.#arePoolsChanged || this.#didClocksJump;
  }

  /** Whether an admin took a Vip away whole, so that nobody knows where it was served. */
  wasVipLost(name: string): boolean {
    return this.#vipsLost.has(name);
  }

  /** Whether a Vip, or the instance or node that carries Vips, was taken away by hand. */
  get didAdminWithdraw(): boolean {
    return this.#didAdminWithdraw;
  }

  /** Whether a node has said since the last rest, and without a gap, that it runs the instance. */
  hadReported(node: string, instance: string): boolean {
    return this.#reported.has(`${node} ${instance}`);
  }
}

function reportsIn(vipNode: ApiObject): string[] {
  const instances = parsed(vipNode, parseVipNode)?.instances ?? [];
  return instances.map(({ name }) => `${vipNode.metadata.name} ${name}`);
}

/** All that decides which addresses a Service is to have; its labels do not (A49). */
function wishesOf({ metadata, ...content }: ApiObject): Fields {
  const spec = fields(content['spec']);
  const { type, loadBalancerClass, loadBalancerIP, ipFamilies, clusterIPs, ports } = spec;
  const asked = Object.entries(metadata.annotations ?? {}).filter(([n]) => n.startsWith(prefix));
  return {
    ...{ type, loadBalancerClass, loadBalancerIP, ipFamilies, clusterIPs, ports },
    ...{ asked: Object.fromEntries(asked), isDeleted: metadata.deletionTimestamp !== undefined },
  };
}
