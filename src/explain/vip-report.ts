import { reservationOf } from '../allocate/choose-address.ts';
import { hasAddress, isExcluded, type PoolSpace, poolSpaces } from '../allocate/pool-space.ts';
import type { Vip } from '../model/objects.ts';
import { type Address, sameAddress } from '../net/address.ts';
import { formatAddress } from '../net/format-address.ts';
import { formatRange } from '../net/parse-range.ts';
import { contains } from '../net/range.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import { explainCommand, plugin, reassignCommand } from './commands.ts';
import { type ConditionRow, conditionRows } from './condition-rows.ts';
import { type Advice, adviceOn, type Told, tell, tellCondition } from './finding.ts';
import { type InstanceRow, instanceRows } from './instance-rows.ts';
import type { Picture } from './picture.ts';
import { type VipRow, vipRow } from './vip-rows.ts';

/** What `explain vip/ADDRESS` tells: whose an address is, or could be. */
export type VipReport = {
  readonly kind: 'VipReport';
  readonly address: string;
  readonly verdict: Told & Advice;
  /** Whether it is as it should be: held and answering, free, cooling down. */
  readonly well: boolean;
  /** The pool that has it now, by its ranges; the Vip may name another one. */
  readonly pool: string | null;
  readonly reservedFor: string | null;
  readonly vip: VipRow | null;
  readonly instance: InstanceRow | null;
  readonly conditions: readonly ConditionRow[];
  readonly unread: readonly string[];
};

/** Tells about one address, allocated or not. */
export function vipReport(picture: Picture, address: Address): VipReport {
  const { now, snapshot, unread } = picture;
  const spaces = poolSpaces(now.pools);
  const vip = now.vips.find((each) => sameAddress(each.address, address));
  const stored = snapshot.vips.find((each) => sameAddress(each.address, address));
  const space = spaces.find((each) => hasAddress(each, address));
  const index = { spaceOf: new Map(spaces.map((each) => [each.pool.name, each])) };
  const row = vip === undefined ? null : vipRow(index, vip);
  const carrying = now.instances.filter(({ name }) => name === vip?.instance);
  const told =
    row === null || vip === undefined ? tell(whyFree(spaces, space, address)) : toldOf(row, vip);
  return {
    ...{ kind: 'VipReport', address: formatAddress(address) },
    verdict: { ...told, ...adviceFor(told, vip) },
    well: row === null || (row.phase !== 'Quarantined' && row.programmed !== false),
    pool: space?.pool.name ?? null,
    reservedFor: space === undefined ? null : reservedFor(space, address),
    vip: row,
    instance: instanceRows(picture, carrying)[0] ?? null,
    conditions: vip === undefined ? [] : conditionRows(vip, stored ?? { conditions: [] }),
    unread: unread.map(({ sentence }) => sentence),
  };
}

function whyFree(
  spaces: readonly PoolSpace[],
  space: PoolSpace | undefined,
  address: Address,
): Reason {
  const text = formatAddress(address);
  if (space !== undefined) {
    const { name: pool } = space.pool;
    const owner = reservedFor(space, address);
    if (owner !== null) return reason('AddressReserved', { address: text, pool, owner });
    return reason('AddressFree', { address: text, pool });
  }
  const excluding = spaces.find(({ pool }) => {
    return pool.ranges.some((range) => contains(range, address)) && isExcluded(pool, address);
  });
  if (excluding !== undefined) {
    return reason('AddressExcluded', { address: text, pool: excluding.pool.name });
  }
  const ranges = spaces.flatMap(({ pool }) =>
    pool.ranges.map((range) => `${formatRange(range)} in ${pool.name}`),
  );
  return reason('AddressOutside', {
    address: text,
    ranges: ranges.slice(0, rangesNamedMax).join(', ') || 'none',
  });
}

/** A sentence names this many ranges at most. */
const rangesNamedMax = 10;

/** Whom a reservation keeps the address for; `null` when nobody reserved it. */
function reservedFor(space: PoolSpace, address: Address): string | null {
  const reservation = reservationOf(space, address);
  if (reservation === undefined) return null;
  const { namespace, serviceName } = reservation;
  if (namespace === undefined) return 'nobody';
  if (serviceName === undefined) return `namespace ${namespace}`;
  return `Service ${namespace}/${serviceName}`;
}

/** What its own condition says while it is served; else what became of it. */
function toldOf(row: VipRow, { conditions }: Vip): Told {
  const { address, phase, pool, awaitedNodes } = row;
  if (phase === 'Stranded') return tell(reason('KeptOutsidePool', { address, pool }));
  if (phase === 'Quarantined') {
    return tell(reason('Quarantined', { address, nodes: awaitedNodes.join(', ') }));
  }
  const programmed = conditions.find(({ type }) => type === 'Programmed');
  if (phase === 'Held' && programmed !== undefined) return tellCondition(programmed);
  return tell(reason('AddressTaken', { address, state: stateOf(row) }));
}

function stateOf({ phase, services, leaving, until }: VipRow): string {
  const holders = [...services, ...leaving].join(', ') || 'nobody';
  switch (phase) {
    case 'Releasing':
      return `being withdrawn from the nodes; ${holders} had it`;
    case 'Retained':
      return `kept until ${until} for ${holders}, which was deleted`;
    case 'Cooling':
      return `cooling down until ${until}; it is given out before that only when no other is free`;
    default:
      return `held by ${holders}`;
  }
}

/** Nobody is asking for it here, so nobody is to ask for another one. */
function adviceFor({ code }: Told, vip: Vip | undefined): Advice {
  const command = commandFor(vip);
  return code === 'AddressTaken' ? { remedy: null, command } : adviceOn(code, command);
}

function commandFor(vip: Vip | undefined): string | null {
  const [first] = vip?.holders ?? [];
  switch (vip?.phase) {
    case 'Quarantined':
      return `${plugin} release ${formatAddress(vip.address)} --yes`;
    case 'Cooling':
    case 'Retained':
      return `${plugin} release ${formatAddress(vip.address)}`;
    case 'Stranded':
      return first === undefined ? null : reassignCommand(first);
    default:
      return first === undefined ? null : explainCommand(first);
  }
}
