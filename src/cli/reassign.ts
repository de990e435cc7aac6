import { allocate } from '../allocate/allocate.ts';
import type { Move, ReassignReport } from '../explain/edit-reports.ts';
import { tell } from '../explain/finding.ts';
import { toned } from '../explain/page.ts';
import type { Reading } from '../explain/picture.ts';
import { type Leaving, strandedOf, withReassign } from '../explain/stranded.ts';
import { resources } from '../kube/api-path.ts';
import type { ClusterSnapshot, Service } from '../model/objects.ts';
import { parseService } from '../model/parse-service.ts';
import type { Address } from '../net/address.ts';
import { formatAddress } from '../net/format-address.ts';
import { parseAddress } from '../net/parse-address.ts';
import type { CliExit } from '../tables/cli-verbs.ts';
import { annotations, serviceConditions } from '../tables/names.ts';
import { type Arguments, secondsOf } from './arguments.ts';
import { CliError } from './cli-error.ts';
import { theService } from './explain.ts';
import { readObject } from './list.ts';
import { mergePatch, withRetries } from './merge-patch.ts';
import { parseName } from './object-name.ts';
import { print } from './print.ts';
import { readCluster } from './read-cluster.ts';
import type { Run } from './run.ts';
import { waitUntil } from './wait.ts';

const timeoutDefault = '120';
const timeoutMax = 3_600;

/** `reassign`: 1 when there is nothing to move, it cannot be moved, or not in time. */
export async function reassign(run: Run): Promise<CliExit> {
  const { given, shell, cluster } = run;
  const timeout = secondsOf('timeout', given.text('timeout') ?? timeoutDefault, timeoutMax);
  const reading = await readCluster(cluster);
  const leaving = await leavingOf(run, reading.snapshot);
  refuseImpossible(reading, leaving);
  for (const one of leaving) await annotate(run, one, one.annotation);
  const moves = given.isSet('no-wait')
    ? leaving.map((one) => moveOf(one, [], null))
    : await moved(run, leaving, timeout);
  const report: ReassignReport = { kind: 'ReassignReport', moves };
  print(shell, given.output, { report, lines: () => moves.map(moveLine) });
  return given.isSet('no-wait') || moves.every(({ done }) => done) ? 0 : 1;
}

async function leavingOf(run: Run, snapshot: ClusterSnapshot): Promise<readonly Leaving[]> {
  const { given } = run;
  const pool = given.text('pool');
  if ((pool === undefined) === (given.operands.length === 0)) {
    throw new CliError(2, 'write fairlead reassign service/NAME, or fairlead reassign --pool NAME');
  }
  const address = addressOf(given);
  if (pool !== undefined && address !== undefined) {
    throw new CliError(2, '--address goes with one Service, not with --pool');
  }
  const service = pool === undefined ? await serviceOf(run, snapshot) : undefined;
  const found = strandedOf(
    snapshot,
    service === undefined ? { pool: pool ?? '' } : { service, address },
  );
  if (found.ok) return found.value;
  throw new CliError(1, found.problem);
}

function addressOf(given: Arguments): Address | undefined {
  const text = given.text('address');
  if (text === undefined) return undefined;
  const address = parseAddress(text);
  if (address.ok) return address.value;
  throw new CliError(2, `--address "${text}" ${address.problem}`);
}

async function serviceOf(run: Run, { vips }: ClusterSnapshot): Promise<Service> {
  const named = parseName(run.given.operands, run.cluster.namespace);
  if (named.kind === 'service') return theService(run, named, vips);
  throw new CliError(2, 'only Services are reassigned: fairlead reassign service/NAME');
}

/** What the allocator would refuse is refused here, before anything is written. */
function refuseImpossible({ snapshot, unread }: Reading, leaving: readonly Leaving[]): void {
  if (unread.some(({ kind }) => kind !== 'lease' && kind !== 'leases')) return;
  const asked = new Map(leaving.map((one) => [one.service.uid, withReassign(one)]));
  const services = snapshot.services.map((service) => asked.get(service.uid) ?? service);
  const { outcomes } = allocate({ ...snapshot, services });
  for (const { service } of leaving) {
    const outcome = outcomes.get(service.uid);
    const notes = outcome?.kind === 'granted' ? outcome.notes : [];
    const why = notes.find(({ code }) => code === 'KeptDespiteReassign');
    if (why === undefined) continue;
    const { code, sentence } = tell(why);
    const name = `${service.namespace}/${service.name}`;
    throw new CliError(1, `nothing was changed: Service ${name}: ${code}: ${sentence}`);
  }
}

async function annotate(run: Run, { service }: Leaving, value: string | null): Promise<void> {
  const { namespace, name, uid } = service;
  await withRetries(async () => {
    const body = { metadata: { uid, annotations: { [annotations.reassign]: value } } };
    const of = { resource: resources.services, ref: { namespace, name } };
    const patched = await mergePatch(run.cluster, of, body);
    return patched.kind === 'conflict' ? 'conflict' : true;
  });
}

async function moved(
  run: Run,
  leaving: readonly Leaving[],
  timeoutSeconds: number,
): Promise<readonly Move[]> {
  let moves: readonly Move[] = [];
  await waitUntil(async () => {
    moves = await Promise.all(leaving.map((one) => lookAt(run, one)));
    return moves.every(({ done }) => done);
  }, timeoutSeconds);
  for (const [index, one] of leaving.entries()) {
    // Left there, it would send the Service away again if it ever came back to that address.
    if (moves[index]?.done === true) await annotate(run, one, null);
  }
  return moves;
}

async function lookAt({ cluster }: Run, leaving: Leaving): Promise<Move> {
  const { namespace, name } = leaving.service;
  const raw = await readObject(cluster, resources.services, { namespace, name });
  const service = raw === undefined ? undefined : parseService(raw);
  if (service === undefined) return moveOf(leaving, [], 'the Service was deleted meanwhile');
  const published = service.ingress.map(({ ip }) => ip);
  const left = leaving.addresses.map(formatAddress);
  const isDone = published.length > 0 && !left.some((address) => published.includes(address));
  const before = leaving.service.ingress.map(({ ip }) => ip);
  if (isDone)
    return moveOf(
      leaving,
      published.filter((ip) => !before.includes(ip)),
      null,
    );
  const allocated = service.conditions.find(({ type }) => type === serviceConditions.allocated);
  return moveOf(leaving, [], allocated?.message ?? 'the controller has said nothing yet');
}

function moveOf(leaving: Leaving, to: readonly string[], why: string | null): Move {
  const { service, addresses } = leaving;
  return {
    service: `${service.namespace}/${service.name}`,
    ...{ from: addresses.map(formatAddress), to, done: to.length > 0, why },
  };
}

function moveLine({ service, from, to, done, why }: Move) {
  const old = from.join(', ');
  if (done) return [toned('good', '✔ '), `${service}  ${old} → ${to.join(', ')}`];
  const open = why === null ? 'will move' : `has not moved yet: ${why}`;
  return [toned('warn', '• '), `${service}  ${old} ${open}`];
}
