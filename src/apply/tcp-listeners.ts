import type { Family } from '../net/address.ts';
import { readIfThere } from './files.ts';

/** A listening TCP socket of this node. */
export type Listener = { readonly address: string; readonly port: number };

/** State LISTEN in /proc/net/tcp. */
const listening = '0A';

/** The sockets that listen here, of both families. The network namespace is the node's. */
export async function readListeners(): Promise<Listener[]> {
  const [v4, v6] = await Promise.all([readIfThere('/proc/net/tcp'), readIfThere('/proc/net/tcp6')]);
  return [...parseListeners(v4), ...parseListeners(v6)];
}

/**
 * Reads /proc/net/tcp or tcp6 (proc_net(5)): addresses are hexadecimal words in host order,
 * little-endian here.
 */
export function parseListeners(text: string): Listener[] {
  return (
    text
      .split('\n')
      .slice(1)
      // Of a busy node's lines nearly all are connections.
      .filter((line) => line.includes(` ${listening} `))
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === listening)
      .map((fields) => {
        const [address = '', port = ''] = (fields[1] ?? '').split(':');
        return {
          address: address.length === 8 ? ipv4(address) : ipv6(address),
          port: Number.parseInt(port, 16),
        };
      })
  );
}

type Place = Pick<Listener, 'address' | 'port'> & { readonly family: Family };

/** What listeners keep HAProxy from binding, asked for each of thousands of frontends. */
export class TakenPorts {
  readonly #taken: ReadonlySet<string>;

  constructor(listeners: readonly Listener[]) {
    this.#taken = new Set(listeners.map(placeName));
  }

  /** A listener has this very address. */
  onAddress(place: Place): boolean {
    return this.#taken.has(placeName(place));
  }

  /**
   * A listener has every address of the family. That is meant by 0.0.0.0 and by ::, which takes
   * IPv4 too unless its owner said otherwise; the kernel does not show that, so it counts
   * (dataplane.md section 7).
   */
  onEveryAddress({ family, port }: Place): boolean {
    const all = family === 'IPv4' ? ['::', '0.0.0.0'] : ['::'];
    return all.some((address) => this.#taken.has(placeName({ address, port })));
  }
}

function placeName({ address, port }: Listener): string {
  return `${address} ${port}`;
}

/** An IPv6 socket that takes connections of this IPv4 address alone: `::ffff:a.b.c.d`. */
const v4Mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function ipv4(hex: string): string {
  return bytesOf(hex).join('.');
}

function ipv6(hex: string): string {
  const groups = (hex.match(/.{8}/g) ?? []).flatMap(bytesOf);
  if (groups.slice(0, 12).every((byte, index) => byte === v4Mapped[index])) {
    return groups.slice(12).join('.');
  }
  const pairs = groups.flatMap((byte, index) =>
    index % 2 === 0 ? [((byte << 8) | (groups[index + 1] ?? 0)).toString(16)] : [],
  );
  // The URL parser of WHATWG prints IPv6 as RFC 5952 does, which is how we write VIPs.
  return new URL(`http://[${pairs.join(':')}]`).hostname.slice(1, -1);
}

function bytesOf(word: string): number[] {
  return (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).toReversed();
}
