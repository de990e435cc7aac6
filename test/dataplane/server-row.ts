import assert from 'node:assert/strict';
import type { Rig, RigNode } from './rig.ts';
import { until } from './wait.ts';

/** What HAProxy of a node says of the server with this port, by the names of its columns. */
export function serverRow(rig: Rig, node: RigNode, port: number): Readonly<Record<string, string>> {
  const [head = '', ...rows] = statOf(rig, node).split('\n');
  const names = head.replace('# ', '').split(',');
  const fields = rows.map((row) => row.split(',')).find(([, name]) => name?.endsWith(`_${port}`));
  return Object.fromEntries(names.map((name, at) => [name, fields?.[at] ?? '']));
}

/** `UP L7OK …`: what HAProxy thinks of a server, and what its last check came to. */
export function verdict(rig: Rig, node: RigNode, port: number): string {
  const row = serverRow(rig, node, port);
  return [row['status'], row['check_status'], row['last_chk']].join(' ');
}

/** Waits until HAProxy of a node thinks so of a server. */
export async function untilVerdict(
  rig: Rig,
  node: RigNode,
  { port, wanted }: { readonly port: number; readonly wanted: RegExp },
): Promise<void> {
  let last = '';
  await until(`${wanted.source} of ${port}`, () => {
    last = verdict(rig, node, port);
    return wanted.test(last);
  }).catch((error: Error) => assert.fail(`${error.message}; last: ${last}`));
}

// Nobody answers before HAProxy has its first file.
function statOf(rig: Rig, node: RigNode): string {
  try {
    return rig.cli(node, 'show stat -1 4 -1');
  } catch {
    return '';
  }
}
