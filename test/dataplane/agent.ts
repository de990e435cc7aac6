// The process that stands for an agent: PoolDataPlane driven by JSON lines on its standard input.
import { createInterface } from 'node:readline';
import { AddressMonitor } from '../../src/apply/address-monitor.ts';
import type { KeyFile } from '../../src/apply/key-files.ts';
import { NftTables } from '../../src/apply/nft.ts';
import { PoolDataPlane } from '../../src/apply/pool-data-plane.ts';
import type { DesiredPool } from '../../src/desired/desired-node.ts';
import { flowTrafficText } from '../../src/loop/flow-traffic.ts';

let desired: DesiredPool | undefined;
let keys: readonly KeyFile[] = [];
let again = false;
let busy = false;

const unbounded = { perService: Infinity, perNamespace: Infinity, windowMilliseconds: 1 };
const monitor = new AddressMonitor(wake);
const pool = process.argv[2] ?? '';
const tables = new NftTables();
const plane = new PoolDataPlane({
  pool,
  table: tables.of(pool),
  wake,
  addresses: async () => (await monitor.addresses()).addresses,
  // Often enough for a test: verdicts come after three rounds.
  testEveryMilliseconds: 1_000,
  workersSeen: (seen, cuts) => {
    process.stdout.write(`${JSON.stringify({ workers: { seen, cuts } })}\n`);
  },
  lost: (why) => process.stderr.write(`haproxy ${why}\n`),
  ...(process.argv[3] === 'unbounded' && { changes: unbounded }),
});
await plane.open();
monitor.open();

createInterface({ input: process.stdin }).on('line', (line) => {
  answer(JSON.parse(line)).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
});

async function answer(message: {
  id: number;
  desired?: DesiredPool;
  keys?: readonly KeyFile[];
  move?: string;
  isFlowsAsked?: true;
}): Promise<void> {
  if (message.isFlowsAsked === true) {
    const flows = await flowTrafficText([pool], tables);
    process.stdout.write(`${JSON.stringify({ id: message.id, flows })}\n`);
    return;
  }
  if (message.move !== undefined) await plane.move(message.move);
  desired = message.desired ?? desired;
  keys = message.keys ?? keys;
  const outcome =
    message.desired === undefined ? null : await plane.reconcile(message.desired, keys);
  print(message.id, outcome);
}

function wake(): void {
  again = true;
  if (busy || desired === undefined) return;
  busy = true;
  again = false;
  plane
    .reconcile(desired, keys)
    .then((outcome) => print(0, outcome))
    .catch((error) => process.stderr.write(`${error.stack}\n`))
    .finally(() => {
      busy = false;
      if (again) wake();
    });
}

function print(id: number, outcome: unknown): void {
  process.stdout.write(`${JSON.stringify({ id, outcome })}\n`);
}
