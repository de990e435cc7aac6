import type { DesiredKeepalived } from '../desired/desired-node.ts';
import { byText } from '../lib/order.ts';
import type { Step } from './step.ts';

/** What a plan for Keepalived is made from. */
export type KeepalivedInput = {
  readonly desired: DesiredKeepalived;
  readonly text: string;
  /** What keepalived.conf holds now; empty when there is none. */
  readonly fileText: string;
  /** What Keepalived was last told to load; undefined when nobody knows. */
  readonly loaded: { readonly text: string; readonly desired: DesiredKeepalived } | undefined;
};

/**
 * The steps that make Keepalived run `desired`. It starts and stops with its instances: the
 * supervisor runs it while the file has one. A reload moves nothing that stays the same
 * (dataplane.md section 3).
 */
export function planKeepalived({ desired, text, fileText, loaded }: KeepalivedInput): Step[] {
  const write: Step[] =
    text === fileText ? [] : [{ kind: 'write-file', file: 'keepalived.conf', text, check: true }];
  if (loaded?.text === text && write.length === 0) return [];
  return [...write, { kind: 'keepalived-reload', reasons: reasons(loaded?.desired, desired) }];
}

function reasons(before: DesiredKeepalived | undefined, after: DesiredKeepalived): string[] {
  if (before === undefined) return ['LoadedUnknown'];
  const earlier = new Map(
    before.instances.map((instance) => [instance.name, JSON.stringify(instance)]),
  );
  const names = new Set(after.instances.map((instance) => instance.name));
  const changed = after.instances.flatMap((instance) => {
    const was = earlier.get(instance.name);
    if (was === undefined) return [`InstanceAdded ${instance.name}`];
    return was === JSON.stringify(instance) ? [] : [`InstanceChanged ${instance.name}`];
  });
  const gone = [...earlier.keys()].filter((name) => !names.has(name));
  const all = [...changed, ...gone.map((name) => `InstanceRemoved ${name}`)].toSorted(byText);
  return all.length > 0 ? all : ['SettingsChanged'];
}
