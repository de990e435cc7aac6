// A process of a network namespace of its own, for address-monitor.test.ts: prints how often the
// addresses were read, and what was found, around a change.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { AddressMonitor } from '../../src/apply/address-monitor.ts';
import { readLinks } from '../../src/apply/kernel-addresses.ts';
import { run } from '../../src/apply/program.ts';

let reads = 0;
const heard = new EventTarget();
const monitor = new AddressMonitor(
  () => heard.dispatchEvent(new Event('changed')),
  async () => {
    reads += 1;
    return await readLinks();
  },
);

const look = async () => {
  const { addresses } = await monitor.addresses();
  return { reads, addresses: addresses.map(({ address }) => address) };
};

const unopened = [await look(), await look()];
monitor.open();
const young = [await look(), await look()];
// Longer than it counts as deaf; the next reading is the first that is kept.
await pause(1_500);
const quiet = [await look(), await look()];
const changed = once(heard, 'changed');
await run('ip', ['address', 'add', '10.9.9.9/32', 'dev', 'lo']);
await changed;
const after = await look();
// Nothing is heard of it, and it is read again all the same.
await pause(1_500);
const late = await look();
monitor.close();
process.stdout.write(JSON.stringify({ unopened, young, quiet, after, late }));
