import type { LineWriter } from './writer.ts';

/** The image has no /etc/protocols: nft knows numbers only. */
export const tcpNumber = 6;
export const protocolNumbers = { TCP: tcpNumber, UDP: 17, SCTP: 132 } as const;

/** Protocol and port, after an address: as keys of a set and as what a packet has. */
export const portOf = ['.', 'meta', 'l4proto', '.', 'th', 'dport'];

/** How nft names the versions of IP. */
export const versions = [
  { family: 'IPv4', number: 4, header: 'ip' },
  { family: 'IPv6', number: 6, header: 'ip6' },
] as const;
export type Version = (typeof versions)[number];

/** Lets go what belongs to a connection that stands: it was judged when it began. */
export const standing = ['ct', 'state', 'established,related', 'accept'];

/**
 * What is for this node itself. Asked of the routes for each packet: an address counts from when
 * Keepalived adds it. A look-up has its price, so it comes after what most packets fail.
 */
export const isLocal = ['fib', 'daddr', 'type', 'local'];

/** The elements of a set or a map; nothing where there are none. */
export function elements(w: LineWriter, all: readonly (readonly (string | number)[])[]): void {
  if (all.length === 0) return;
  const last = all.length - 1;
  w.block(['elements', '='], () => {
    all.forEach((words, index) => {
      w.line(...words, ...(index < last ? [','] : []));
    });
  });
}

/**
 * A set. `typeof`, not `type`: one of a plain type that nft 1.1 wrote makes an nft 1.0 of the node
 * end with SIGSEGV as it lists it, and kube-proxy's with it.
 */
export function set(
  w: LineWriter,
  name: string,
  { of, all }: { readonly of: readonly string[]; readonly all: readonly string[][] },
): void {
  w.block(['set', name], () => {
    w.line('typeof', ...of);
    elements(w, all);
  });
}

/** Where a chain of ours is called, and when. */
export type Hook = {
  readonly type: 'filter' | 'nat';
  readonly hook: string;
  /** In nft's words: a number, or a name and what is added to it. */
  readonly priority: readonly string[];
};

/** A chain that the kernel calls; what it does not judge goes on. */
export function baseChain(
  w: LineWriter,
  name: string,
  { type, hook, priority, rules }: Hook & { readonly rules: () => void },
): void {
  w.block(['chain', name], () => {
    const when = [...priority.slice(0, -1), `${priority.at(-1)};`];
    w.line('type', type, 'hook', hook, 'priority', ...when, 'policy', 'accept;');
    rules();
  });
}
