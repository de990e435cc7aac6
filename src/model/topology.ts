import type { Endpoint } from './objects.ts';

/** Where the node is that serves; without a zone only its name is compared. */
export type Place = { readonly node: string | undefined; readonly zone: string | undefined };

/**
 * Whose turn it is: the second ones are to serve when no first one can, and so on. With hints for
 * nodes these are the endpoints for this node, for its zone, and the others; with hints for zones
 * those for the zone, and the others; without hints all are first.
 */
export type Turn = 'First' | 'Second' | 'Third';

/** An endpoint as far as hints go. */
export type Hinted = Pick<Endpoint, 'zones' | 'nodes'>;

/**
 * The turn of each of the ready endpoints on the node at `place`, by kube-proxy's rules (R73,
 * KEP-4444, KEP-3015, KEP-2433): hints count only when every ready endpoint has them, those for
 * nodes before those for zones. The Service's trafficDistribution is not asked: the hints are what
 * came of it. An endpoint's turn is the same whether or not there is a nearer one.
 */
export function turnsOf<T extends Hinted>(
  ready: readonly T[],
  place: Place | undefined,
): ReadonlyMap<T, Turn> {
  const { node, zone } = place ?? { node: undefined, zone: undefined };
  const hasNodes = node !== undefined && ready.every(({ nodes = [] }) => nodes.length > 0);
  const hasZones = zone !== undefined && ready.every(({ zones = [] }) => zones.length > 0);
  const rings = [
    ...(hasNodes ? [({ nodes = [] }: T) => nodes.includes(node)] : []),
    ...(hasZones ? [({ zones = [] }: T) => zones.includes(zone)] : []),
  ];
  const turnOf = (endpoint: T) => {
    const ring = rings.findIndex((isIn) => isIn(endpoint));
    return turns[ring < 0 ? rings.length : ring] ?? 'First';
  };
  return new Map(ready.map((endpoint) => [endpoint, turnOf(endpoint)]));
}

/** The first turn that somebody has: where nobody is checked, those alone serve. */
export function firstTurn(all: Iterable<Turn | 'Kept'>): Turn | 'Kept' {
  const found = new Set(all);
  return turns.find((turn) => found.has(turn)) ?? 'Kept';
}

const turns: readonly Turn[] = ['First', 'Second', 'Third'];
