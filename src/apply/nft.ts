import type { DesiredPool } from '../desired/desired-node.ts';
import {
  type Counters,
  countOn,
  noCounters,
  noCounts,
  parseCounters,
} from '../plan/flow-traffic.ts';
import { nftTable, renderNft, renderNftRemoval, watchedChain } from '../render/nft.ts';
import { run } from './program.ts';

/**
 * Counters of 5,000 ports are listed in 0.3 s. Who waits for them is a scrape, or a change of the
 * table that does without them.
 */
const listMillisecondsMax = 1_000;

/** Runs come at every event, and every 10 s without one: each of those looks, of others few. */
const lookMilliseconds = 5_000;

/**
 * One pool's table of nftables. A change replaces it whole, which begins its counters again: they
 * are read before, and go on here. What passes between that look and the new table is not counted.
 *
 * The ruleset is the node's: `nft flush ruleset`, a reload of nftables.service or of firewalld take
 * the table away, or put back an old one that they had saved. So one chain of it is looked at now
 * and then: by the handle of the table it is ours or not, by its rules it is empty or not. That
 * costs one short run of nft (10 ms; 60 ms beside 2,000 ports of UDP, whose table takes 330 ms to
 * list). A rule that somebody takes out of another chain is not seen.
 */
export class NftTable {
  readonly #pool: string;
  readonly #lookMilliseconds: number;
  #text = '';
  /** The chain as it was found after the table was loaded; empty: not known. */
  #shown = '';
  #shownAt = 0;
  #restores = 0;
  #counts = noCounts;
  /** The table has counters. */
  #isCounting = false;
  #isLoading = false;
  #look: Promise<Counters | undefined> | undefined;

  constructor(pool: string, every: number = lookMilliseconds) {
    this.#pool = pool;
    this.#lookMilliseconds = every;
  }

  /** How often it was found gone, emptied or replaced by others, since it was removed last. */
  get restores(): number {
    return this.#restores;
  }

  /**
   * Brings the kernel to what is desired, in one transaction, also where others have undone it.
   * Returns nft's words when it refused; then nothing changed.
   */
  async load(desired: DesiredPool): Promise<string | undefined> {
    const text = renderNft(desired);
    if (text === this.#text) {
      if (!(await this.#isUndone())) return undefined;
      this.#restores += 1;
      // Until it is loaded again nothing is: who asks hears of a refusal.
      this.#text = '';
    }
    const complaint = await this.#replace(text, desired.flows.length > 0);
    if (complaint === undefined) this.#shown = (await this.#show()) ?? '';
    return complaint;
  }

  /** Takes the table away. */
  async remove(): Promise<void> {
    await this.#replace(renderNftRemoval(this.#pool), false);
    this.#restores = 0;
  }

  /**
   * What its counters have counted since this process loaded it; undefined when nft is slow or does
   * not tell. Costs a run of nft, and none without a counter.
   */
  async counts(): Promise<Counters | undefined> {
    if (!this.#isCounting) return noCounters;
    return this.#isLoading ? this.#counts.total : await this.#looked();
  }

  async #isUndone(): Promise<boolean> {
    if (performance.now() - this.#shownAt < this.#lookMilliseconds) return false;
    const now = await this.#show();
    if (now === undefined) return false;
    if (now !== '' && this.#shown === '') this.#shown = now;
    return now !== this.#shown || now === '';
  }

  /** What tells it from another; empty when it is gone, undefined when nft cannot say. */
  async #show(): Promise<string | undefined> {
    const table = nftTable(this.#pool);
    const asked = `list tables inet; list chain inet ${table} ${watchedChain}`;
    const ended = await run('nft', ['-j', '-s', '-t', asked], { timeout: listMillisecondsMax });
    this.#shownAt = performance.now();
    if (ended.status !== 0) return /No such file/.test(ended.stderr) ? '' : undefined;
    const [tables = '', chain = ''] = ended.stdout.split('\n');
    // Of the tables only ours: others come and go.
    return `${tables.match(`"name": "${table}", "handle": \\d+`)?.[0] ?? ''}${chain}`;
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
