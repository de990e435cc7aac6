import type { LineWriter } from './writer.ts';

/** The image has no /etc/protocols: nft knows numbers only. */
export const tcpNumber = 6;
export const udpNumber = 17;

/** How nft names the versions of IP. */
export const versions = [
  { family: 'IPv4', number: 4, header: 'ip' },
  { family: 'IPv6', number: 6, header: 'ip6' },
] as const;
export type Version = (typeof versions)[number];

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
