import * as z from 'zod';
import { run } from './program.ts';

/** An address on an interface of this node, as the kernel has it. */
export type KernelAddress = {
  readonly interface: string;
  readonly address: string;
  readonly length: number;
  /** Put there by Keepalived (`proto keepalived`). */
  readonly keepalived: boolean;
};

// The running daemon registers the name with iproute2 for as long as it runs, and only where it can
// write: elsewhere it is a number.
const keepalivedMarks = new Set(['keepalived', '0x12']);

const links = z.array(
  z.object({
    ifname: z.string().optional(),
    addr_info: z
      .array(
        z.object({
          local: z.string().optional(),
          prefixlen: z.number().optional(),
          protocol: z.string().optional(),
        }),
      )
      .optional(),
  }),
);

/**
 * All addresses of this node; throws when `ip` fails, because "none" would read as "nothing held".
 */
export async function readKernelAddresses(): Promise<KernelAddress[]> {
  return parseKernelAddresses(await readLinks());
}

/** What `ip -json address show` prints; throws when it fails. */
export async function readLinks(): Promise<string> {
  const ended = await run('ip', ['-json', 'address', 'show']);
  if (ended.status !== 0) throw new Error(`ip address show: ${ended.stderr.trim()}`);
  return ended.stdout;
}

/** Reads `ip -json address show`. */
export function parseKernelAddresses(text: string): KernelAddress[] {
  return links.parse(JSON.parse(text === '' ? '[]' : text)).flatMap((link) =>
    (link.addr_info ?? []).flatMap(({ local, prefixlen, protocol }) => {
      if (local === undefined || link.ifname === undefined) return [];
      const keepalived = protocol !== undefined && keepalivedMarks.has(protocol);
      return [{ interface: link.ifname, address: local, length: prefixlen ?? 0, keepalived }];
    }),
  );
}

/**
 * Takes an address off an interface; its absence is no failure. Returns the kernel's words when it
 * refused.
 */
export async function deleteAddress(gone: KernelAddress): Promise<string | undefined> {
  const where = `${gone.address}/${gone.length}`;
  const ended = await run('ip', ['address', 'delete', where, 'dev', gone.interface]);
  const absent = ended.stderr.includes('Cannot assign requested address');
  return ended.status === 0 || absent ? undefined : ended.stderr.trim();
}
