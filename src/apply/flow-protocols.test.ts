import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { unsupportedProtocols } from './flow-protocols.ts';

function kernelWith(...names: string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-kernel-'));
  for (const name of names) writeFileSync(join(directory, name), '0\n');
  return directory;
}

test('R40: a kernel that tracks connections and has no time-outs of SCTP cannot send it on', async () => {
  const without = kernelWith('nf_conntrack_max');
  assert.deepEqual(await unsupportedProtocols(without), ['SCTP']);
  const able = kernelWith('nf_conntrack_max', 'nf_conntrack_sctp_timeout_established');
  assert.deepEqual(await unsupportedProtocols(able), []);
  assert.deepEqual(await unsupportedProtocols(kernelWith()), [], 'nothing is known of it');
});
