import { cpuSeconds } from '../rig/process-costs.ts';
import { type Loaded, loadTarget } from './load.ts';
import type { MeasuredProxy, Stage } from './stage.ts';
import { addresses, type Other, vipPortBelow, type Way, type Workload } from './workloads.ts';

/** One slice of load on one way. */
export type Slice = Loaded & {
  /** Seconds of CPU of the way's HAProxy; absent where there is none. */
  readonly cpu?: number;
};

/** Two slices, one right after the other. */
export type Pair = { readonly ours: Slice; readonly other: Slice };

/** Everything about one workload and one other way. */
export type Comparison = {
  readonly workload: Workload;
  readonly other: Other;
  readonly pairs: readonly Pair[];
};

/**
 * Fairlead's VIP and another way in turn, in short slices, each second pair the other way round:
 * whatever else the machine does in the meantime meets both alike.
 */
export async function comparePairs(
  stage: Stage,
  of: { readonly workload: Workload; readonly other: Other },
  { pairs, seconds }: { readonly pairs: number; readonly seconds: number },
): Promise<Comparison> {
  const slice = (way: Way) => oneSlice(stage, { way, ...of }, seconds);
  for (const way of ['Fairlead', of.other] as const) await warmUp(stage, { way, ...of });
  const all: Pair[] = [];
  for (let number = 1; number <= pairs; number += 1) {
    if (number % 2 === 1) {
      const ours = await slice('Fairlead');
      all.push({ ours, other: await slice(of.other) });
    } else {
      const other = await slice(of.other);
      all.push({ ours: await slice('Fairlead'), other });
    }
  }
  return { ...of, pairs: all };
}

type Place = { readonly way: Way; readonly workload: Workload };

async function oneSlice(stage: Stage, { way, workload }: Place, seconds: number): Promise<Slice> {
  const proxy = workload.load.tool === 'udp' ? undefined : stage.proxies[way];
  const before = proxy && cpuSeconds(proxy.pids);
  const port = workload.port - (way === 'Fairlead' ? vipPortBelow : 0);
  const target = { address: addresses[way], port };
  const loaded = await loadTarget(workload.load, target, { seconds, around: stage.asClient });
  if (proxy === undefined || before === undefined) return loaded;
  return { ...loaded, cpu: cpuSeconds(proxy.pids) - before };
}

/** Neighbours are found, memory is taken, and the client does what the workload says. */
async function warmUp(stage: Stage, place: Place): Promise<void> {
  await oneSlice(stage, place, 1);
  const { workload, way } = place;
  const proxy = stage.proxies[way];
  if (workload.resumedPercent === undefined || proxy === undefined) return;
  const percent = await resumedPercent(proxy);
  if (Math.abs(percent - workload.resumedPercent) <= 10) return;
  throw new Error(`${workload.name}: ${percent} % of the handshakes on ${way} were resumed`);
}

/** Of the last second. */
async function resumedPercent({ cli }: MeasuredProxy): Promise<number> {
  const info = await cli.ask('show info');
  return Number(/^SslFrontendSessionReuse_pct: (\d+)$/m.exec(info)?.[1]);
}
