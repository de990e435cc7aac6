import type { DesiredPool } from '../desired/desired-node.ts';
import {
  type Counters,
  countOn,
  noCounters,
  noCounts,
  parseCounters,
} from '../plan/flow-traffic.ts';
import { nftTable, renderNft, renderNftRemoval } from '../render/nft.ts';
import { run } from './program.ts';

/**
 * Counters of 5,000 ports are listed in 0.3 s. Who waits for them is a scrape, or a change of the
 * table that does without them.
 */
const listMillisecondsMax = 1_000;

/**
 * One pool's table of nftables. A change replaces it whole, which begins its counters again: they
 * are read before, and go on here. What passes between that look and the new table is not counted.
 */
export class NftTable {
  readonly #pool: string;
  #text = '';
  #counts = noCounts;
  /** The table has counters. */
  #isCounting = false;
  #isLoading = false;
  #look: Promise<Counters | undefined> | undefined;

  constructor(pool: string) {
    this.#pool = pool;
  }

  /**
   * Brings the kernel to what is desired, in one transaction. Returns nft's words when it refused;
   * then nothing changed.
   */
  async load(desired: DesiredPool): Promise<string | undefined> {
    const text = renderNft(desired);
    if (text === this.#text) return undefined;
    return await this.#replace(text, desired.flows.length > 0);
  }

  /** Takes the table away. */
  async remove(): Promise<void> {
    await this.#replace(renderNftRemoval(this.#pool), false);
  }

  /**
   * What its counters have counted since this process loaded it; undefined when nft is slow or does
   * not tell. Costs a run of nft, and none without a counter.
   */
  async counts(): Promise<Counters | undefined> {
    if (!this.#isCounting) return noCounters;
    return this.#isLoading ? this.#counts.total : await this.#looked();
  }

  async #replace(text: string, isCounting: boolean): Promise<string | undefined> {
    if (this.#isCounting) await this.#looked();
    this.#isLoading = true;
    const ended = await run('nft', ['-f', '-'], { input: text });
    this.#isLoading = false;
    if (ended.status !== 0) return ended.stderr.trim().slice(0, 2_000);
    this.#text = text;
    this.#isCounting = isCounting;
    this.#counts = { total: isCounting ? this.#counts.total : noCounters, last: noCounters };
    return undefined;
  }

  /** All who ask at the same time share one look. */
  #looked(): Promise<Counters | undefined> {
    this.#look ??= this.#list().finally(() => {
      this.#look = undefined;
    });
    return this.#look;
  }

  async #list(): Promise<Counters | undefined> {
    const args = ['-j', 'list', 'counters', 'table', 'inet', nftTable(this.#pool)];
    const ended = await run('nft', args, { timeout: listMillisecondsMax });
    const now = ended.status === 0 ? parseCounters(ended.stdout) : undefined;
    if (now === undefined) return undefined;
    this.#counts = countOn(this.#counts, now);
    return this.#counts.total;
  }
}

/** The tables of a node's pools. */
export class NftTables {
  readonly #tables = new Map<string, NftTable>();

  /** The one of a pool, always the same. */
  of(pool: string): NftTable {
    const table = this.#tables.get(pool) ?? new NftTable(pool);
    this.#tables.set(pool, table);
    return table;
  }
}
