import type { ReleaseReport } from '../explain/edit-reports.ts';
import { removeReservation } from '../explain/edit-reservations.ts';
import { pictureOf } from '../explain/picture.ts';
import { vipReport } from '../explain/vip-report.ts';
import { patchFinalizers, remove } from '../kube/apply.ts';
import { ownResources } from '../kube/own-resources.ts';
import type { Vip } from '../model/objects.ts';
import { othersFinalizers } from '../model/vip-finalizers.ts';
import { holderNames } from '../model/vip-holders.ts';
import { type Address, sameAddress } from '../net/address.ts';
import { formatAddress } from '../net/format-address.ts';
import { parseAddress } from '../net/parse-address.ts';
import type { CliExit } from '../tables/cli-verbs.ts';
import { onlyOperand } from './arguments.ts';
import { CliError } from './cli-error.ts';
import { print } from './print.ts';
import { readCluster } from './read-cluster.ts';
import { addressList, editReservations, requiredPool } from './reserve.ts';
import type { Run } from './run.ts';

/** `release`: 1 when the address is held, or nothing keeps it. */
export async function release(run: Run): Promise<CliExit> {
  const texts = addressList(onlyOperand(run.given));
  return run.given.isSet('reservation') ? releaseReservation(run, texts) : releaseVips(run, texts);
}

async function releaseReservation(run: Run, addresses: readonly string[]): Promise<CliExit> {
  const { given, shell } = run;
  const pool = requiredPool(run);
  await editReservations(run, pool, (before) => removeReservation(before, addresses));
  const report: ReleaseReport = {
    ...{ kind: 'ReleaseReport', pool, reservations: addresses, released: [] },
  };
  print(shell, given.output, {
    report,
    lines: () => [[`${addresses.join(', ')} of VipPool ${pool} is no longer reserved`]],
  });
  return 0;
}

async function releaseVips(run: Run, texts: readonly string[]): Promise<CliExit> {
  const { given, shell, cluster } = run;
  const addresses = texts.map(addressOf);
  const picture = pictureOf(await readCluster(cluster));
  const { vips } = picture.snapshot;
  const meant = addresses.map((address) => {
    const vip = vips.find((each) => sameAddress(each.address, address));
    if (vip === undefined) {
      const { sentence } = vipReport(picture, address).verdict;
      throw new CliError(1, `nothing keeps ${formatAddress(address)}: ${sentence}`);
    }
    refuseServed(vip, given.isSet('yes'));
    return { vip, was: vipReport(picture, address).verdict.sentence };
  });
  const released: ReleaseReport['released'][number][] = [];
  for (const { vip, was } of meant) {
    await deleteVip(run, vip);
    released.push({ address: formatAddress(vip.address), was });
  }
  const report: ReleaseReport = {
    ...{ kind: 'ReleaseReport', pool: null, reservations: [], released },
  };
  print(shell, given.output, {
    report,
    lines: () => released.map(({ address, was }) => [`${address} is released; it was: ${was}`]),
  });
  return 0;
}

function addressOf(text: string): Address {
  const address = parseAddress(text.replace(/^vips?\//, ''));
  if (address.ok) return address.value;
  throw new CliError(2, `"${text}" ${address.problem}; write an address like 192.0.2.10`);
}

function refuseServed(vip: Vip, isSure: boolean): void {
  const address = formatAddress(vip.address);
  const holders = holderNames(vip);
  switch (vip.phase) {
    case 'Held':
      throw new CliError(1, `${address} is held by ${holders}: delete the Service to release it`);
    case 'Stranded':
      throw new CliError(
        1,
        `${address} is held by ${holders} outside its pool: reassign or delete the Service`,
      );
    case 'Releasing':
      throw new CliError(1, `${address} is being withdrawn from the nodes; that ends by itself`);
    case 'Quarantined': {
      if (isSure) return;
      const nodes = vip.awaitedNodes.join(', ');
      const risk = 'given to somebody else meanwhile, two machines would answer on it';
      const remedy = `make sure that it is off, then say --yes`;
      throw new CliError(1, `${address} may still be served by node ${nodes}; ${risk}: ${remedy}`);
    }
    default:
  }
}

/** In exactly the state that was read: what somebody got meanwhile is not taken away. */
async function deleteVip({ cluster }: Run, vip: Vip): Promise<void> {
  const { name, uid, resourceVersion } = vip;
  const target = { client: cluster.client, resource: ownResources.vips };
  const state = { uid, resourceVersion };
  // Deleted by hand while it was held, it waits for nothing but our finalizer (A65).
  const outcome = vip.deleting
    ? await patchFinalizers(target, { name }, { ...state, finalizers: othersFinalizers(vip) })
    : await remove(target, { name }, state);
  if (outcome.kind === 'ok' || outcome.kind === 'gone') return;
  const address = formatAddress(vip.address);
  throw new CliError(1, `${address} changed while it was to be released: ${outcome.message}`);
}
