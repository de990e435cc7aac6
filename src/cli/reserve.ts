import type { ReserveReport } from '../explain/edit-reports.ts';
import {
  addReservation,
  type ReservationEntry,
  type ReservationsAfter,
  type ReservationsBefore,
} from '../explain/edit-reservations.ts';
import { ownResources } from '../kube/own-resources.ts';
import type { Result } from '../lib/result.ts';
import { parsePool } from '../model/parse-pool.ts';
import { parseVip } from '../model/parse-vip.ts';
import { fieldsOf } from '../model/raw.ts';
import { holderNames } from '../model/vip-holders.ts';
import { formatAddress } from '../net/format-address.ts';
import { parseRange } from '../net/parse-range.ts';
import { contains } from '../net/range.ts';
import type { CliExit } from '../tables/cli-verbs.ts';
import { onlyOperand } from './arguments.ts';
import { CliError } from './cli-error.ts';
import { listAll, readObject } from './list.ts';
import { mergePatch, withRetries } from './merge-patch.ts';
import { print } from './print.ts';
import type { Run } from './run.ts';

/** `reserve`: 1 when the pool cannot keep the address. */
export async function reserve(run: Run): Promise<CliExit> {
  const { given, shell } = run;
  const addresses = addressList(onlyOperand(given));
  const pool = requiredPool(run);
  const entry = entryOf(run, addresses);
  const { changed } = await editReservations(run, pool, (before) => addReservation(before, entry));
  const held = await heldBy(run, entry);
  const owner = [entry.namespace, entry.serviceName].filter(Boolean).join('/') || 'nobody';
  const report: ReserveReport = {
    ...{ kind: 'ReserveReport', pool, addresses, changed, heldByOthers: held },
    namespace: entry.namespace ?? null,
    service: entry.serviceName ?? null,
  };
  const done = changed ? 'is reserved' : 'was reserved already';
  print(shell, given.output, {
    report,
    lines: () => [
      [`${addresses.join(', ')} of VipPool ${pool} ${done} for ${owner}`],
      ...held.map((text) => [`${text}, who keeps it until it is released`]),
    ],
  });
  return 0;
}

/** `192.0.2.1,192.0.2.4-192.0.2.9` */
export function addressList(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '');
}

/** The pool that `--pool` names; a command about reservations needs it. */
export function requiredPool({ given }: Run): string {
  const pool = given.text('pool');
  if (pool !== undefined) return pool;
  throw new CliError(2, `fairlead ${given.verb} needs --pool NAME: the pool of the reservation`);
}

function entryOf({ given }: Run, addresses: readonly string[]): ReservationEntry {
  const namespace = given.text('namespace');
  const serviceName = given.text('service');
  if (serviceName !== undefined && namespace === undefined) {
    throw new CliError(2, '--service needs -n NAMESPACE: whose Service it is kept for');
  }
  return {
    addresses,
    ...(namespace !== undefined && { namespace }),
    ...(serviceName !== undefined && { serviceName }),
  };
}

/** Edits spec.reservations of a pool under the version that was read. */
export async function editReservations(
  { cluster }: Run,
  name: string,
  edit: (before: ReservationsBefore) => Result<ReservationsAfter, string>,
): Promise<{ readonly changed: boolean }> {
  const resource = ownResources.vipPools;
  return withRetries(async () => {
    const raw = await readObject(cluster, resource, { name });
    const pool = raw === undefined ? undefined : parsePool(raw);
    if (raw === undefined || pool === undefined)
      throw new CliError(1, `there is no VipPool ${name}`);
    const before = { pool: name, raw: fieldsOf(raw['spec'])['reservations'], ranges: pool.ranges };
    const after = edit(before);
    if (!after.ok) throw new CliError(1, after.problem);
    if (after.value.kind === 'unchanged') return { changed: false };
    const { uid, resourceVersion } = pool;
    const { reservations } = after.value;
    const patched = await mergePatch(
      cluster,
      { resource, ref: { name } },
      { metadata: { uid, resourceVersion }, spec: { reservations } },
    );
    return patched.kind === 'conflict' ? 'conflict' : { changed: true };
  });
}

/** Who has the addresses now, if it is not whom they are kept for. */
async function heldBy({ cluster }: Run, entry: ReservationEntry): Promise<readonly string[]> {
  const ranges = entry.addresses.flatMap((text) => {
    const range = parseRange(text);
    return range.ok ? [range.value] : [];
  });
  const { values } = await listAll(cluster, { resource: ownResources.vips }, parseVip);
  return values
    .filter(({ address }) => ranges.some((range) => contains(range, address)))
    .flatMap(({ address, holders }) => {
      const others = holders.filter(
        ({ namespace, name }) =>
          namespace !== entry.namespace || (entry.serviceName ?? name) !== name,
      );
      if (others.length === 0) return [];
      return [`${formatAddress(address)} is held by ${holderNames({ holders: others })}`];
    })
    .sort();
}
