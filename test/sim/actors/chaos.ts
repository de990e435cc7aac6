/** What breaks: nodes, agents, processes, clocks, the API server and the way to it. */
import type { Random } from '../../run/random.ts';
import type { Controllers } from '../world/controllers.ts';
import type { Machine } from '../world/machine.ts';
import { storm } from '../world/weather.ts';
import type { World } from '../world/world.ts';
import type { Agents } from './agents.ts';
import type { DataPlane, NodeState } from './data-plane.ts';
import type { Kubelets } from './kubelets.ts';
import { paths } from './paths.ts';
import { actOnce } from './users.ts';

export type ChaosParts = {
  readonly world: World;
  readonly controllers: Controllers;
  readonly dataPlane: DataPlane;
  readonly kubelets: Kubelets;
  readonly agents: Agents;
};

export class Chaos {
  readonly #parts: ChaosParts;
  readonly #random: Random;

  constructor(parts: ChaosParts) {
    this.#parts = parts;
    this.#random = parts.world.random.fork();
  }

  /** Another weather, other clocks. */
  begin(): void {
    const { world, agents, controllers } = this.#parts;
    world.network.weather = storm(this.#random);
    agents.slownessMs = this.#random.pick([50, 500, 4_000]);
    controllers.areClocksTrue = this.#random.chance(0.5);
  }

  /** One thing that breaks, or comes back. */
  act(): void {
    const random = this.#random;
    const { world, controllers } = this.#parts;
    const { network, server } = world;
    actOnce(random, [
      [4, () => controllers.crash()],
      [2, () => controllers.restart()],
      [2, () => this.#onMachine((machine) => machine.freeze(random.next() * 20_000))],
      [2, () => this.#onMachine((machine) => network.cutOff(machine, random.next() * 40_000))],
      [1, () => this.#onMachine((machine) => this.#jump(machine))],
      [2, () => server.store.compact(server.store.revision - random.below(60))],
      [1, () => network.cutStreams()],
      [3, () => network.sendBookmarks()],
      [2, () => this.#onNode((node) => this.#toggle(node))],
      [1, () => this.#onNode((node) => this.#reboot(node))],
      [1, () => this.#onNode((node) => this.#relabel(node))],
      [0.3, () => this.#onNode((node) => this.#deleteNode(node))],
      [1, () => this.begin()],
      [0.5, () => this.#upgrade()],
    ]);
  }

  /** Everything works again; what was wrong with clocks goes with their machines. */
  end(): void {
    const { world, controllers, dataPlane, agents } = this.#parts;
    world.network.heal();
    agents.slownessMs = 100;
    controllers.areClocksTrue = true;
    controllers.replaceUntrueClocks();
    for (const node of dataPlane.nodes.values()) {
      node.isAgentAlive = true;
      node.isConnected = true;
      if (!node.isAlive) this.#reboot(node);
      agents.wake(node.name);
    }
  }

  #onMachine(action: (machine: Machine) => void): void {
    const { machines } = this.#parts.controllers;
    if (machines.length > 0) action(this.#random.pick(machines));
  }

  #onNode(action: (node: NodeState) => void): void {
    action(this.#random.pick([...this.#parts.dataPlane.nodes.values()]));
  }

  #jump(machine: Machine): void {
    const jumpMs = (this.#random.next() - 0.5) * this.#random.pick([10_000, 200_000, 10_000_000]);
    this.#parts.world.trace.say(machine.name, `clock jumps by ${jumpMs} ms`);
    machine.wallOffsetMs += jumpMs;
    this.#parts.world.onClockJump();
  }

  /** Cut off, killed, or its agent alone; or back again. */
  #toggle(node: NodeState): void {
    const { world } = this.#parts;
    const isWell = node.isAlive && node.isAgentAlive && node.isConnected;
    if (!isWell) {
      this.#back(node);
      return;
    }
    const what = this.#random.pick(['isAlive', 'isAgentAlive', 'isConnected'] as const);
    node[what] = false;
    world.trace.say(node.name, `${what}: false`);
  }

  #back(node: NodeState): void {
    const { world, agents } = this.#parts;
    if (!node.isAlive) this.#reboot(node);
    node.isAgentAlive = true;
    node.isConnected = true;
    world.trace.say(node.name, 'is back');
    agents.wake(node.name);
  }

  /** What it runs is gone until its pods have started; what it had programmed is on its disk. */
  #reboot(node: NodeState): void {
    const { kubelets, world } = this.#parts;
    node.readyPools.clear();
    node.isAlive = true;
    world.trace.say(node.name, 'boots');
    this.#register(node);
    kubelets.boot(node);
  }

  #relabel(node: NodeState): void {
    const name = 'node.kubernetes.io/exclude-from-external-load-balancers';
    const excluded = this.#random.chance(0.3) ? '' : null;
    const labels = { [name]: excluded, zone: this.#random.pick(['east', 'west']) };
    this.#parts.world.call('platform', ['PATCH', paths.node(node.name), { metadata: { labels } }]);
  }

  /** Taken out for good; another machine gets its name later. */
  #deleteNode(node: NodeState): void {
    const { world } = this.#parts;
    if (node.isAlive && this.#random.chance(0.7)) return;
    world.call('platform', ['DELETE', paths.node(node.name)]);
    node.isAlive = false;
    node.programmed = new Map();
    node.moves.clear();
    world.after(this.#random.next() * 30_000, () => this.#back(node));
  }

  /** A kubelet registers its node, if need be. */
  #register(node: NodeState): void {
    const metadata = { name: node.name, labels: { zone: node.index % 2 === 0 ? 'east' : 'west' } };
    this.#parts.world.call('kubelet', ['POST', paths.node(), { metadata, spec: {} }]);
  }

  #upgrade(): void {
    const { controllers } = this.#parts;
    controllers.image = this.#random.pick(['fairlead:1', 'fairlead:2']);
    controllers.restart();
  }
}
