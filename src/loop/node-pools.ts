import { readdir, rm } from 'node:fs/promises';
import { nodeRoots } from '../render/pool-paths.ts';
import type { PoolWorker, PoolWorkers } from './agent.ts';

/** The pools of this node: those somebody asked for, and those that left a directory. */
export class NodePools implements PoolWorkers {
  readonly #create: (pool: string) => PoolWorker;
  readonly #workers = new Map<string, PoolWorker>();

  constructor(create: (pool: string) => PoolWorker) {
    this.#create = create;
  }

  of(pool: string): PoolWorker {
    const known = this.#workers.get(pool);
    if (known !== undefined) return known;
    const worker = this.#create(pool);
    this.#workers.set(pool, worker);
    return worker;
  }

  async known(): Promise<readonly string[]> {
    const found = await Promise.all(Object.values(nodeRoots).map(poolDirectories));
    return [...new Set([...found.flat(), ...this.#workers.keys()])].sort();
  }

  async forget(pool: string): Promise<void> {
    this.#workers.delete(pool);
    for (const root of Object.values(nodeRoots)) {
      await rm(`${root}/${pool}`, { recursive: true, force: true });
    }
  }
}

/** A pool's name is a DNS label of at most 40 characters; anything else there is not ours. */
const poolName = /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/;

async function poolDirectories(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries.filter((e) => e.isDirectory() && poolName.test(e.name)).map((e) => e.name);
}
