/**
 * What happens next in the network soak. Pure: the seed alone decides the sequence, so a seed that
 * failed can be played again, however long each action took.
 */
import type { Random } from '../run/random.ts';

/** On whom an action falls; resolved when it is played, by who holds what then. */
export type Victim =
  | { readonly kind: 'holder'; readonly service: string }
  /** The n-th of the nodes that are on, counted round. */
  | { readonly kind: 'nth'; readonly at: number };

/** One thing that happens to the cluster. */
export type Action =
  | { readonly kind: 'service-create'; readonly service: string; readonly replicas: number }
  | { readonly kind: 'service-delete'; readonly service: string }
  | { readonly kind: 'scale-up' | 'scale-down'; readonly service: string }
  | { readonly kind: VictimKind; readonly victim: Victim }
  | { readonly kind: 'node-return' | 'controller-kill' };

type VictimKind = 'node-kill' | 'haproxy-kill' | 'agent-kill';

export type ActionKind = Action['kind'];

/** Every kind, in the order of the report. */
export const actionKinds: readonly ActionKind[] = [
  'service-create',
  'service-delete',
  'scale-up',
  'scale-down',
  'node-kill',
  'node-return',
  'haproxy-kill',
  'controller-kill',
  'agent-kill',
];

/** What the plan has to know of the cluster. */
export type World = {
  readonly services: readonly { readonly name: string; readonly replicas: number }[];
  readonly isNodeOff: boolean;
  /** Services made so far: a name is never used again. */
  readonly made: number;
  /** How often each kind came. */
  readonly played: Readonly<Partial<Record<ActionKind, number>>>;
};

export const emptyWorld: World = { services: [], isNodeOff: false, made: 0, played: {} };

/** Six open-loop clients and three nodes are what two cores carry. */
export const servicesMax = 3;

/** One replica would be out with its node; three nodes have room for three, one each. */
export const replicas = { min: 2, max: 3 } as const;

/** What comes next: seldom played kinds sooner, so that a short soak sees all of them. */
export function nextAction(random: Random, world: World): Action {
  const possible = actionKinds.filter((kind) => isPossible(kind, world));
  const times = (kind: ActionKind): number => world.played[kind] ?? 0;
  const most = Math.max(...possible.map(times));
  const weighted = possible.map((kind) => ({
    value: kind,
    weight: 1 + 4 * (most - times(kind)) ** 2,
  }));
  return drawn(random.pickWeighted(weighted), random, world);
}

/** The world after an action. */
export function afterAction(world: World, action: Action): World {
  const times = (world.played[action.kind] ?? 0) + 1;
  const after = { ...world, played: { ...world.played, [action.kind]: times } };
  switch (action.kind) {
    case 'service-create': {
      const { service: name, replicas: count } = action;
      const services = [...world.services, { name, replicas: count }];
      return { ...after, services, made: world.made + 1 };
    }
    case 'service-delete':
      return { ...after, services: world.services.filter(({ name }) => name !== action.service) };
    case 'scale-up':
    case 'scale-down':
      return {
        ...after,
        services: world.services.map((one) =>
          one.name === action.service ? { ...one, replicas: scaled(one.replicas, action) } : one,
        ),
      };
    case 'node-kill':
    case 'node-return':
      return { ...after, isNodeOff: action.kind === 'node-kill' };
    case 'haproxy-kill':
    case 'agent-kill':
    case 'controller-kill':
      return after;
  }
}

function scaled(count: number, { kind }: { readonly kind: ActionKind }): number {
  return kind === 'scale-up' ? count + 1 : count - 1;
}

/** Clients need somebody to talk to; a dead node's replica stays until the node is back. */
function isPossible(kind: ActionKind, world: World): boolean {
  const { services, isNodeOff } = world;
  switch (kind) {
    case 'service-create':
      return services.length < servicesMax;
    case 'service-delete':
      return services.length > 1;
    case 'scale-up':
      return !isNodeOff && services.some((one) => one.replicas < replicas.max);
    case 'scale-down':
      return !isNodeOff && services.some((one) => one.replicas > replicas.min);
    case 'node-kill':
      return services.length > 0 && !isNodeOff;
    case 'node-return':
      return isNodeOff;
    case 'haproxy-kill':
    case 'agent-kill':
    case 'controller-kill':
      return services.length > 0;
  }
}

function drawn(kind: ActionKind, random: Random, world: World): Action {
  const named = (of: World['services']): string => random.pick(of.map(({ name }) => name));
  switch (kind) {
    case 'service-create':
      return { kind, service: `soak-${world.made + 1}`, replicas: replicas.min + random.below(2) };
    case 'service-delete':
      return { kind, service: named(world.services) };
    case 'scale-up':
      return { kind, service: named(world.services.filter((one) => one.replicas < replicas.max)) };
    case 'scale-down':
      return { kind, service: named(world.services.filter((one) => one.replicas > replicas.min)) };
    case 'node-return':
    case 'controller-kill':
      return { kind };
    case 'node-kill':
    case 'haproxy-kill':
    case 'agent-kill':
      return { kind, victim: victim(random, world) };
  }
}

/** The holder of some Service more often than not: that is where it hurts. */
function victim(random: Random, world: World): Victim {
  const service = random.pick(world.services).name;
  const at = random.below(2 ** 16);
  return random.next() < 0.6 ? { kind: 'holder', service } : { kind: 'nth', at };
}
