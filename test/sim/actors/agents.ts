/**
 * Stand-ins for the agents: they read the cluster, program their node some time later, and report
 * some time after that, so that what they say is old by then. What they say is made by the agents'
 * own code: `understoodVips`, `covering`, `vipNodeStatus`.
 */
import { understoodVips } from '../../../src/desired/understood-vips.ts';
import type { Instance, Service, Vip } from '../../../src/model/objects.ts';
import { parseService } from '../../../src/model/parse-service.ts';
import { parseInstance, parseVip } from '../../../src/model/parse-vip.ts';
import { parsePrefix } from '../../../src/net/prefix.ts';
import {
  covering,
  type PoolReport,
  type VipNodeStatus,
  vipNodeStatus,
} from '../../../src/status/vip-node-status.ts';
import { withdrawnInstances } from '../../../src/status/withdrawn-instances.ts';
import { isEqualJson } from '../server/api-object.ts';
import { parsedAll } from '../server/parsed.ts';
import type { Change } from '../server/store.ts';
import type { World } from '../world/world.ts';
import type { DataPlane, NodeState, Programmed } from './data-plane.ts';
import { paths } from './paths.ts';

const kinds = new Set(['services', 'vips', 'vrrpinstances', 'vippools', 'pods', 'nodes']);
/** Of these somebody else's status is nothing to an agent. */
const bySpec = new Set(['services', 'vips', 'vippools']);
const resyncMs = 10_000;

type Sight = {
  readonly pools: ReadonlySet<string>;
  readonly services: readonly Service[];
  readonly vips: readonly Vip[];
  readonly instances: readonly Instance[];
};

export class Agents {
  readonly #world: World;
  readonly #dataPlane: DataPlane;
  readonly #busy = new Set<string>();
  readonly #again = new Set<string>();
  readonly #written = new Map<string, string>();
  /** How long an agent takes for each of its steps, at most. */
  slownessMs = 100;

  constructor(world: World, dataPlane: DataPlane) {
    this.#world = world;
    this.#dataPlane = dataPlane;
    world.server.store.onChange((change) => {
      if (!isNews(change)) return;
      for (const name of dataPlane.nodes.keys()) this.wake(name);
    });
    this.#resync();
  }

  /** One run soon, one more when one is under way. */
  wake(name: string): void {
    if (this.#busy.has(name)) {
      this.#again.add(name);
      return;
    }
    this.#busy.add(name);
    this.#later(() => this.#read(name));
  }

  #resync(): void {
    for (const name of this.#dataPlane.nodes.keys()) this.wake(name);
    this.#world.after(resyncMs, () => this.#resync());
  }

  #later(action: () => void): void {
    this.#world.after(this.#world.random.next() * this.slownessMs, action);
  }

  #read(name: string): void {
    const node = this.#dataPlane.nodes.get(name);
    if (node === undefined || !canWork(node)) {
      this.#done(name);
      return;
    }
    const list = <T>(plural: string, parse: (raw: unknown) => T | undefined): T[] =>
      parsedAll(this.#world.list(plural), parse);
    const sight: Sight = {
      pools: new Set(this.#world.list('vippools').map(({ metadata }) => metadata.name)),
      services: list('services', parseService).filter(({ type }) => type === 'LoadBalancer'),
      vips: list('vips', parseVip),
      instances: list('vrrpinstances', parseInstance),
    };
    this.#later(() => this.#program(node, sight));
  }

  #program(node: NodeState, sight: Sight): void {
    if (!canWork(node)) {
      this.#done(node.name);
      return;
    }
    const own = sight.instances.filter(({ members }) =>
      members.some((member) => member.node === node.name && member.state === 'Member'),
    );
    const entries = own.map((instance): [string, Programmed] => {
      const vips = sight.vips.filter((vip) => vip.instance === instance.name);
      return [instance.name, { instance, vips }];
    });
    node.programmed = new Map(entries);
    this.#move(node, own);
    this.#later(() => this.#report(node, sight));
  }

  #move(node: NodeState, own: readonly Instance[]): void {
    for (const { name, move } of own) {
      if (move?.from !== node.name || (node.moves.get(name) ?? 0) >= move.serial) continue;
      if (this.#dataPlane.holderOf(name) !== node.name) continue;
      this.#dataPlane.move(name, move.to);
      node.moves.set(name, move.serial);
    }
  }

  #report(node: NodeState, sight: Sight): void {
    if (canWork(node)) this.#write(node, this.#statusOf(node, sight));
    this.#done(node.name);
  }

  #statusOf(node: NodeState, sight: Sight): VipNodeStatus {
    const programmed = [...node.programmed.values()];
    const pools = [...new Set(programmed.map(({ instance }) => instance.pool))].sort();
    const { services, instances } = sight;
    const nothing = { zone: undefined, pools: [], slices: [], knownPools: [] };
    const vips = understoodVips({
      ...nothing,
      node: node.name,
      services,
      instances,
      vips: sight.vips,
    });
    const reports = pools.map((pool): PoolReport => {
      const ready = node.readyPools.has(pool);
      const running = programmed
        .filter(({ instance }) => instance.pool === pool)
        .map(({ instance: { name, generation } }) => ({
          // Without daemons nothing is served, and the files are as they are to be.
          ...{ name, generation, programmed: true },
          held: ready && this.#dataPlane.holderOf(name) === node.name,
          moveSerial: node.moves.get(name) ?? 0,
        }));
      const report = {
        pool,
        ready,
        why: ready ? '' : 'starting',
        conflicts: [],
        unsupportedProtocols: [],
        refusals: [],
        secrets: [],
        serversDown: [],
      };
      return covering({ ...report, instances: running }, { vips, instances });
    });
    const now = new Date(this.#world.wallMs).toISOString().replace(/\.\d+Z$/, 'Z');
    const running = programmed.map(({ instance }) => instance.name);
    const withdrawn = withdrawnInstances(node.name, { vips, running });
    return vipNodeStatus({
      node: node.name,
      reports,
      withdrawn,
      interfaces: interfacesOf(node),
      previous: undefined,
      now,
    });
  }

  #write(node: NodeState, status: VipNodeStatus): void {
    const path = paths.vipNode(node.name);
    const by = `agent-${node.name}`;
    if (this.#world.server.store.get('vipnodes', node.name) === undefined) this.#create(node);
    const { conditions: _, ...rest } = status;
    const text = JSON.stringify(rest);
    if (this.#written.get(node.name) === text) return;
    this.#written.set(node.name, text);
    this.#world.call(by, ['PATCH', `${path}/status`, { status: rest }]);
  }

  #create(node: NodeState): void {
    const owner = this.#world.list('nodes').find(({ metadata }) => metadata.name === node.name);
    if (owner === undefined) return;
    const { uid } = owner.metadata;
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid }];
    const body = { metadata: { name: node.name, ownerReferences }, spec: {} };
    this.#world.call(`agent-${node.name}`, ['POST', paths.vipNode(), body]);
    this.#written.delete(node.name);
  }

  #done(name: string): void {
    this.#busy.delete(name);
    if (this.#again.delete(name)) this.wake(name);
  }
}

function isNews({ plural, object, before, type }: Change): boolean {
  if (!kinds.has(plural) || type !== 'MODIFIED' || !bySpec.has(plural)) return kinds.has(plural);
  return !isEqualJson(object['spec'], before?.['spec']);
}

function canWork(node: NodeState): boolean {
  return node.isAlive && node.isAgentAlive && node.isConnected;
}

/** eth0 on 10.40.0.0/16 and 2001:db8::/32. */
function interfacesOf({ index }: NodeState) {
  const texts = [`10.40.255.${index}/16`, `2001:db8:ffff::${index}/32`];
  const prefixes = texts.flatMap((text) => {
    const prefix = parsePrefix(text);
    return prefix.ok ? [prefix.value] : [];
  });
  return [{ name: 'eth0', mac: `02:00:00:00:00:0${index}`, prefixes }];
}
