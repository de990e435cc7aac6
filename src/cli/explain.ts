import { severityOf } from '../explain/finding.ts';
import { poolFindings } from '../explain/findings.ts';
import { type Picture, pictureOf } from '../explain/picture.ts';
import { poolReport } from '../explain/pool-report.ts';
import { poolLines } from '../explain/pool-text.ts';
import { type ServiceReport, serviceReport } from '../explain/service-report.ts';
import { serviceLines } from '../explain/service-text.ts';
import { vipReport } from '../explain/vip-report.ts';
import { vipLines } from '../explain/vip-text.ts';
import { resources } from '../kube/api-path.ts';
import { never } from '../lib/assert.ts';
import { namedServices } from '../model/named-services.ts';
import type { Service, Vip } from '../model/objects.ts';
import { parseEndpointSlice } from '../model/parse-cluster.ts';
import { parseService } from '../model/parse-service.ts';
import { serviceSettings } from '../model/service-settings.ts';
import { formatAddress } from '../net/format-address.ts';
import type { CliExit } from '../tables/cli-verbs.ts';
import { CliError } from './cli-error.ts';
import { listAll, readObject } from './list.ts';
import { type Named, parseName } from './object-name.ts';
import { print } from './print.ts';
import { readCluster } from './read-cluster.ts';
import type { Run } from './run.ts';

/** `explain`: 1 when the object does not exist or does not work. */
export async function explain(run: Run): Promise<CliExit> {
  const named = parseName(run.given.operands, run.cluster.namespace);
  switch (named.kind) {
    case 'service':
      return explainService(run, named);
    case 'vip':
      return explainVip(run, named);
    case 'pool':
      return explainPool(run, named);
    default:
      return never(named);
  }
}

async function explainService(run: Run, named: Named & { kind: 'service' }): Promise<CliExit> {
  const { given, shell, cluster } = run;
  const { namespace, name } = named;
  const reading = await readCluster(cluster);
  const service = await theService(run, named, reading.snapshot.vips);
  const known = reading.snapshot.services.find(({ uid }) => uid === service.uid) ?? service;
  const names = [name, ...namedServices(serviceSettings(known).settings)];
  const { values, forbidden } = await listAll(
    cluster,
    {
      ...{ resource: resources.endpointSlices, namespace },
      labelSelector: `kubernetes.io/service-name in (${names.join(',')})`,
    },
    parseEndpointSlice,
  );
  const unread =
    forbidden === undefined
      ? reading.unread
      : [...reading.unread, { kind: 'slices' as const, sentence: forbidden }];
  const picture = pictureOf({ ...reading, unread });
  const slices = forbidden === undefined ? values : undefined;
  const report = serviceReport(picture, service, slices);
  print(shell, given.output, { report, lines: () => serviceLines(report) });
  return isWell(report) ? 0 : 1;
}

/** The Service itself, whatever its type and class; else what is kept for it. */
export async function theService(
  { cluster }: Run,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  vips: readonly Vip[],
): Promise<Service> {
  const raw = await readObject(cluster, resources.services, { namespace, name });
  const service = raw === undefined ? undefined : parseService(raw);
  if (service !== undefined) return service;
  const kept = vips
    .filter(({ phase }) => phase === 'Retained')
    .filter(({ holders }) => holders.some((h) => h.namespace === namespace && h.name === name))
    .map(({ address }) => formatAddress(address));
  const more = kept.length === 0 ? '' : `; ${kept.join(', ')} is kept for it`;
  throw new CliError(1, `there is no Service ${name} in namespace ${namespace}${more}`);
}

function isWell({ verdict }: ServiceReport): boolean {
  if (verdict.state === 'answers' || verdict.state === 'leaving') return true;
  return severityOf(verdict.code, Infinity) === 'note';
}

async function explainVip(run: Run, { address }: Named & { kind: 'vip' }): Promise<CliExit> {
  const picture = pictureOf(await readCluster(run.cluster));
  refuseBlind(picture, 'pools', 'vips');
  const report = vipReport(picture, address);
  print(run.shell, run.given.output, { report, lines: () => vipLines(report) });
  return report.well ? 0 : 1;
}

async function explainPool(run: Run, { name }: Named & { kind: 'pool' }): Promise<CliExit> {
  const picture = pictureOf(await readCluster(run.cluster));
  refuseBlind(picture, 'pools');
  const pool = picture.snapshot.pools.find((each) => each.name === name);
  if (pool === undefined) {
    const names = picture.snapshot.pools.map((each) => each.name).sort();
    const has = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
    throw new CliError(1, `there is no VipPool ${name}; ${has}`);
  }
  const report = poolReport(picture, pool);
  print(run.shell, run.given.output, { report, lines: (extent) => poolLines(report, extent) });
  const isWell =
    report.problems.length + report.waiting.length === 0 &&
    poolFindings(picture, [report]).every(({ severity }) => severity === 'note');
  return isWell ? 0 : 1;
}

/** Without the very objects it is about there is nothing to tell. */
function refuseBlind({ unread }: Picture, ...kinds: readonly string[]): void {
  const missing = unread.filter(({ kind }) => kinds.includes(kind));
  if (missing.length === 0) return;
  throw new CliError(3, missing.map(({ sentence }) => sentence).join('; '));
}
