import type { DesiredInstance, DesiredKeepalived, DesiredPool } from '../desired/desired-node.ts';
import { planKeepalived } from '../plan/keepalived.ts';
import type { Outcome } from '../plan/step.ts';
import { renderKeepalived } from '../render/keepalived.ts';
import { instanceTrack, type PoolPaths } from '../render/pool-paths.ts';
import type { Refusal } from './admission.ts';
import { execute } from './execute.ts';
import { makeDirectory, readIfThere, writeAtomically } from './files.ts';
import { deleteAddress, type KernelAddress } from './kernel-addresses.ts';
import { keepKeepalived, keepRecord, type Loaded, readLoaded, readRecord } from './last-good.ts';
import type { NftTable } from './nft.ts';
import { addressesOf, staleAddresses } from './stale-addresses.ts';
import { supervised } from './supervisor-fifo.ts';
import { claimTrack, clearTrack } from './track-file.ts';

/**
 * An address looks stale while Keepalived is about to remove it; only what stays this long is taken
 * away.
 */
const staleMilliseconds = 1_000;

/** An instance as it is on this node. */
export type InstanceResult = {
  readonly name: string;
  /** Generation of the VrrpInstance that Keepalived runs with. */
  readonly generation: number;
  /** The kernel has the anchor: this node holds the instance. */
  readonly held: boolean;
  /** Keepalived runs with what is desired, and where it is held every VIP is in the kernel. */
  readonly programmed: boolean;
};

/** What a run came to. */
export type KeepalivedResult = {
  readonly instances: readonly InstanceResult[];
  readonly refusals: readonly Refusal[];
  readonly outcomes: readonly Outcome[];
  /** Its supervisor and, where there are instances, its daemon run. */
  readonly running: boolean;
  /** Something is still on its way: run again shortly. */
  readonly unsettled: boolean;
};

/**
 * Brings one pool's Keepalived on this node to what is desired: packet filter, file, reload;
 * removes stale addresses.
 */
export class KeepalivedPlane {
  readonly #paths: PoolPaths;
  readonly #table: NftTable;
  #loaded: Loaded | undefined;
  #record: readonly string[] = [];
  #staleSince = new Map<string, number>();

  constructor(paths: PoolPaths, table: NftTable) {
    this.#paths = paths;
    this.#table = table;
  }

  /** Reads what an earlier agent left: an agent's restart changes nothing. */
  async open(): Promise<void> {
    this.#loaded = await readLoaded(this.#paths);
    this.#record = await readRecord(this.#paths);
  }

  /** One run. `moving` are the VRIDs in a planned move: their track files are left alone. */
  async run(desired: DesiredPool, kernel: readonly KernelAddress[], moving: ReadonlySet<number>) {
    const { keepalived } = desired;
    await claimTrack(this.#paths.haproxyTrack);
    // Without the directory Keepalived refuses a track file at a check, and ignores it at a start.
    await makeDirectory(this.#paths.trackDirectory);
    for (const { vrid } of keepalived.instances) {
      if (!moving.has(vrid)) await clearTrack(instanceTrack(this.#paths, vrid));
    }
    // The filter first: a new peer's packets must not be dropped when Keepalived begins to expect
    // them.
    const filter = await this.#filter(desired);
    await this.#remember(keepalived, kernel);
    const outcomes = await this.#load(keepalived);
    const refusals = [filter, ...outcomes.map(refusalOf)].filter((one) => one !== undefined);
    const alive = await supervised(this.#paths.keepalivedCommands);
    const stale = await this.#cleaned(keepalived, { kernel, alive });
    const instances = this.#instances(keepalived, kernel);
    const late = instances.some(({ held, programmed }) => held && !programmed);
    const daemon = (await readIfThere(this.#paths.keepalivedRunning)) !== '';
    const running = alive && (daemon || keepalived.instances.length === 0);
    return {
      instances,
      refusals,
      outcomes,
      running,
      unsettled: stale || late || !running,
    } satisfies KeepalivedResult;
  }

  /** What Keepalived runs with now; after `open`, what an earlier agent told it. */
  get loaded(): DesiredKeepalived | undefined {
    return this.#loaded?.desired;
  }

  /** VRIDs and anchors that Keepalived runs with now. */
  loadedInstance(name: string): DesiredInstance | undefined {
    return this.#loaded?.desired.instances.find((instance) => instance.name === name);
  }

  async #filter(desired: DesiredPool): Promise<Refusal | undefined> {
    const complaint = await this.#table.load(desired);
    return complaint === undefined ? undefined : { service: '', sentence: `nft: ${complaint}` };
  }

  // On disk before Keepalived hears of it: what an unclean end leaves behind is found in this
  // record.
  async #remember(desired: DesiredKeepalived, kernel: readonly KernelAddress[]): Promise<void> {
    const there = new Set(kernel.filter((one) => one.keepalived).map((one) => one.address));
    const loaded = this.#loaded === undefined ? [] : addressesOf(this.#loaded.desired);
    const still = this.#record.filter((address) => there.has(address));
    const record = [...new Set([...still, ...loaded, ...addressesOf(desired)])].toSorted();
    if (JSON.stringify(record) === JSON.stringify(this.#record)) return;
    await keepRecord(this.#paths, record);
    this.#record = record;
  }

  async #load(desired: DesiredKeepalived): Promise<Outcome[]> {
    const text = renderKeepalived(desired, this.#paths);
    const fileText = await readIfThere(this.#paths.keepalivedConfiguration);
    const steps = planKeepalived({ desired, text, fileText, loaded: this.#loaded });
    const outcomes = await execute(steps, this.#paths);
    // Nothing to load may still be a newer generation: what runs already is what it asks for, and
    // that is confirmed.
    if (steps.length === 0 && sameDesired(this.#loaded?.desired, desired)) return outcomes;
    if (outcomes.every((outcome) => outcome.ok)) {
      this.#loaded = { text, desired };
      await keepKeepalived(this.#paths, this.#loaded);
    } else if (fileText !== '') {
      await writeAtomically(this.#paths.keepalivedConfiguration, fileText);
    }
    return outcomes;
  }

  // Deletes what has been stale for long enough; says whether something is still to be looked at.
  async #cleaned(
    desired: DesiredKeepalived,
    { kernel, alive }: { kernel: readonly KernelAddress[]; alive: boolean },
  ): Promise<boolean> {
    const stale = staleAddresses({ kernel, record: this.#record, desired, supervised: alive });
    const now = performance.now();
    const since = new Map(
      stale.map(({ address }) => [address, this.#staleSince.get(address) ?? now]),
    );
    this.#staleSince = since;
    for (const address of stale) {
      if (now - (since.get(address.address) ?? now) >= staleMilliseconds)
        await deleteAddress(address);
    }
    return stale.length > 0;
  }

  #instances(desired: DesiredKeepalived, kernel: readonly KernelAddress[]): InstanceResult[] {
    const there = new Set(kernel.filter((one) => one.keepalived).map((one) => one.address));
    const wanted = new Map(desired.instances.map((instance) => [instance.name, instance]));
    return (this.#loaded?.desired.instances ?? []).map((loaded) => {
      const held = there.has(loaded.anchor);
      const same = JSON.stringify(wanted.get(loaded.name)) === JSON.stringify(loaded);
      const present = !held || loaded.vips.every((vip) => there.has(vip.address));
      return {
        name: loaded.name,
        generation: loaded.generation,
        held,
        programmed: same && present,
      };
    });
  }
}

function sameDesired(loaded: DesiredKeepalived | undefined, desired: DesiredKeepalived): boolean {
  return JSON.stringify(loaded) === JSON.stringify(desired);
}

function refusalOf({ step, ok, detail }: Outcome): Refusal | undefined {
  return ok ? undefined : { service: '', sentence: `${step.kind}: ${detail}` };
}
