import * as z from 'zod';
import type { DesiredKeepalived } from '../desired/desired-node.ts';
import type { PoolPaths } from '../render/pool-paths.ts';
import { readIfThere, writeAtomically } from './files.ts';

/**
 * What Keepalived was last told to load. Its daemon cannot be asked, so it is remembered on disk.
 */
export type Loaded = { readonly text: string; readonly desired: DesiredKeepalived };

const loadedShape = z.object({ text: z.string(), desired: z.custom<DesiredKeepalived>(isDesired) });
const recordShape = z.array(z.string());

/** Reads applied.json; undefined when there is none, or one that another version wrote. */
export async function readLoaded(paths: PoolPaths): Promise<Loaded | undefined> {
  return parsed(loadedShape, await readIfThere(`${paths.keepDirectory}/applied.json`));
}

/** Keeps keepalived.conf and what it was made from: a cold start begins with them. */
export async function keepKeepalived(paths: PoolPaths, loaded: Loaded): Promise<void> {
  await writeAtomically(`${paths.keepDirectory}/keepalived.conf`, loaded.text);
  await writeAtomically(`${paths.keepDirectory}/applied.json`, JSON.stringify(loaded));
}

/** Keeps haproxy.cfg for a cold start. */
export async function keepHaproxy(paths: PoolPaths, text: string): Promise<void> {
  await writeAtomically(`${paths.keepDirectory}/haproxy.cfg`, text);
}

/** Every address Keepalived was told to hold here and that may still be on an interface. */
export async function readRecord(paths: PoolPaths): Promise<string[]> {
  return parsed(recordShape, await readIfThere(`${paths.keepDirectory}/addresses.json`)) ?? [];
}

/** Writes that record; it must be on disk before Keepalived hears of a new address. */
export async function keepRecord(paths: PoolPaths, record: readonly string[]): Promise<void> {
  await writeAtomically(`${paths.keepDirectory}/addresses.json`, JSON.stringify(record));
}

function parsed<T>(shape: z.ZodType<T>, text: string): T | undefined {
  try {
    const result = shape.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

function isDesired(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'instances' in value;
}
