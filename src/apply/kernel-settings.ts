import { type KernelSettings, kernelFiles, parseKernelSettings } from '../plan/kernel-settings.ts';
import { readIfThere } from './files.ts';

/** The settings of this network namespace, which is the node's. */
export async function readKernelSettings(): Promise<KernelSettings> {
  const names = Object.keys(kernelFiles) as (keyof KernelSettings)[];
  const texts = names.map(async (name) => {
    return [name, await readIfThere(`/proc/sys/${kernelFiles[name]}`)] as const;
  });
  const all = Object.fromEntries(await Promise.all(texts));
  return parseKernelSettings(all as Record<keyof KernelSettings, string>);
}
