import type { Reading } from '../explain/picture.ts';
import { type Edit, planReport } from '../explain/plan-report.ts';
import { planLines } from '../explain/plan-text.ts';
import { resources } from '../kube/api-path.ts';
import { ownResources } from '../kube/own-resources.ts';
import type { RawObject } from '../kube/raw-object.ts';
import type { ClusterSnapshot, Pool, Service } from '../model/objects.ts';
import { parsePool } from '../model/parse-pool.ts';
import { parseService } from '../model/parse-service.ts';
import type { CliExit } from '../tables/cli-verbs.ts';
import { CliError } from './cli-error.ts';
import { controllerSettings, usualSettings } from './controller-settings.ts';
import { asStored, withClusterIps } from './dry-run.ts';
import { theService } from './explain.ts';
import { readManifests } from './manifests.ts';
import { parseName } from './object-name.ts';
import { print } from './print.ts';
import { readCluster, withDefaults } from './read-cluster.ts';
import type { Run } from './run.ts';

/** `plan`: 1 when somebody would come to harm. */
export async function plan(run: Run): Promise<CliExit> {
  const { given, shell, cluster } = run;
  const file = given.text('filename');
  if ((file === undefined) === (given.operands.length === 0)) {
    throw new CliError(2, 'write either fairlead plan -f FILE or fairlead plan service/NAME');
  }
  const manifests = file === undefined ? undefined : await readManifests(shell, file);
  const reading = await readCluster(cluster);
  refusePartial(reading);
  const edit =
    manifests === undefined
      ? await nowFor(run, reading.snapshot)
      : await withFile(run, reading.snapshot, manifests);
  const report = planReport(edit);
  print(shell, given.output, { report, lines: () => planLines(report) });
  return report.harmless ? 0 : 1;
}

/** A plan made from half of the objects would be wrong. */
function refusePartial({ unread }: Reading): void {
  const missing = unread.filter(({ kind }) => kind !== 'lease' && kind !== 'leases');
  if (missing.length === 0) return;
  const what = missing.map(({ sentence }) => sentence).join('; ');
  throw new CliError(3, `a plan needs all of the cluster: ${what}`);
}

async function nowFor(run: Run, live: ClusterSnapshot): Promise<Edit> {
  const named = parseName(run.given.operands, run.cluster.namespace);
  if (named.kind !== 'service') {
    throw new CliError(2, 'a plan without a file is for a Service: fairlead plan service/NAME');
  }
  await theService(run, named, live.vips);
  const services = [`${named.namespace}/${named.name}`];
  return { live, edited: live, pools: [], services, remarks: [] };
}

type Manifests = Awaited<ReturnType<typeof readManifests>>;

async function withFile(run: Run, live: ClusterSnapshot, manifests: Manifests): Promise<Edit> {
  const { cluster } = run;
  const settings = (await controllerSettings(cluster)) ?? usualSettings;
  const remarks = [...manifests.remarks];
  const pools: Pool[] = [];
  const services: Service[] = [];
  for (const raw of manifests.pools) {
    const { object, remark } = await asStored(cluster, ownResources.vipPools, raw);
    const pool = parsePool(aged(object, live.nowMs));
    if (pool !== undefined) pools.push(withDefaults(pool, settings));
    if (remark !== undefined) remarks.push(remark);
  }
  for (const raw of manifests.services) {
    const inNamespace = withNamespace(raw, cluster.namespace);
    const { object, remark } = await asStored(cluster, resources.services, inNamespace);
    const whole = withClusterIps(aged(object, live.nowMs), primaryFamily(live));
    const service = parseService(whole);
    if (service !== undefined) services.push(service);
    if (remark !== undefined) remarks.push(remark);
  }
  return {
    live,
    edited: edited(live, { pools, services }),
    pools: pools.map(({ name }) => name),
    services: services.map(({ namespace, name }) => `${namespace}/${name}`),
    remarks,
  };
}

function withNamespace(object: RawObject, namespace: string): RawObject {
  return {
    ...object,
    metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace },
  };
}

/** What does not exist yet would be the youngest of all (A2, A12). */
function aged(object: RawObject, nowMs: number): RawObject {
  const { name, namespace = '', uid, creationTimestamp } = object.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      uid: uid ?? `planned-${namespace}/${name}`,
      creationTimestamp: creationTimestamp ?? new Date(nowMs).toISOString(),
    },
  };
}

function primaryFamily({ services }: ClusterSnapshot): 'IPv4' | 'IPv6' {
  return services[0]?.families[0] ?? 'IPv4';
}

function edited(
  live: ClusterSnapshot,
  { pools, services }: { readonly pools: readonly Pool[]; readonly services: readonly Service[] },
): ClusterSnapshot {
  const isEdited = (service: Service) =>
    services.some((each) => each.namespace === service.namespace && each.name === service.name);
  return {
    ...live,
    pools: [
      ...live.pools.filter((pool) => !pools.some(({ name }) => name === pool.name)),
      ...pools,
    ],
    services: [...live.services.filter((service) => !isEdited(service)), ...services],
  };
}
