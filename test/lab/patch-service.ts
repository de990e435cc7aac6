import type { Lab } from './lab.ts';

/** Changes fields of a Service's spec, as its owner would. */
export async function patchService(
  lab: Lab,
  { name, namespace = 'default' }: { readonly name: string; readonly namespace?: string },
  spec: object,
): Promise<void> {
  const patch = ['--type=merge', '-p', JSON.stringify({ spec })];
  await lab.kubectl(['patch', 'service', name, '--namespace', namespace, ...patch]);
}
