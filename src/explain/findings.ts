import { nodeLeaseFreshMs } from '../tables/limits.ts';
import { reason } from '../tables/reasons.ts';
import { plugin } from './commands.ts';
import { duration } from './duration.ts';
import { adviceOn, type Finding, severityOf, type Told, tell } from './finding.ts';
import type { InstanceRow } from './instance-rows.ts';
import { whyNoLeader } from './leader.ts';
import type { NodeRow } from './node-rows.ts';
import type { Picture } from './picture.ts';
import type { PoolRow } from './pool-rows.ts';
import type { VipRow } from './vip-rows.ts';

/** The controllers: whether anything is decided at all. */
export function leaderFindings(picture: Picture): Finding[] {
  const why = whyNoLeader(picture);
  if (why === undefined) return [];
  const [namespace = ''] = picture.lease?.name.split('/') ?? [];
  const command = `kubectl get pods -n ${namespace} -l app.kubernetes.io/component=controller`;
  return [problem('controller', tell(why), command)];
}

/** Something that does not work, with what the reference says about it. */
function problem(object: string, told: Told, command: string | null = null): Finding {
  return { severity: 'problem', object, ...told, ...adviceOn(told.code, command) };
}

/** Nodes that are silent or not ready; only such as have something to do with VIPs. */
export function nodeFindings(picture: Picture, rows: readonly NodeRow[]): Finding[] {
  const members = new Set(picture.now.instances.flatMap((i) => i.members.map(({ node }) => node)));
  return rows.flatMap((row) => {
    const { node, alive, pools } = row;
    const object = `node ${node}`;
    const isConcerned = members.has(node) || pools.length > 0;
    if (alive === false) {
      const isKnown = isConcerned && picture.view.nodes.has(node);
      return isKnown ? [problem(object, silence(row), `kubectl describe node ${node}`)] : [];
    }
    const onNode = `--field-selector spec.nodeName=${node}`;
    const command = `kubectl get pods -A -l fairlead.dev/pool ${onNode}`;
    const broken = row.bad.filter(({ code }) => code !== kernelLimits);
    return broken.map((told) => problem(object, told, command));
  });
}

const kernelLimits = 'KernelLimits';

/** What is too low in the kernels of nodes is worth knowing, once for all that are alike. */
export function kernelFindings(rows: readonly NodeRow[]): Finding[] {
  const low = rows.flatMap(({ node, alive, bad }) =>
    bad
      .filter(({ code }) => code === kernelLimits && alive !== false)
      .map((told) => ({ node, told })),
  );
  return [...Map.groupBy(low, ({ told }) => told.sentence)].flatMap(([, [first, ...more]]) => {
    if (first === undefined) return [];
    const nodes = [first, ...more].map(({ node }) => node);
    const others = nodes.length > nodesNamedMax ? ` and ${nodes.length - nodesNamedMax} more` : '';
    const object = `node ${nodes.slice(0, nodesNamedMax).join(', ')}${others}`;
    return [{ ...problem(object, first.told), severity: 'note' as const }];
  });
}

const nodesNamedMax = 5;

function silence({ node, renewedSecondsAgo }: NodeRow): Told {
  const silent = duration((renewedSecondsAgo ?? nodeLeaseFreshMs / 1000) * 1000);
  return tell(reason('NodeSilent', { node, silent }));
}

/** Bad conditions of pools; a full one harms nobody before a Service waits, and that says so. */
export function poolFindings(picture: Picture, rows: readonly PoolRow[]): Finding[] {
  const createdMs = new Map(picture.now.pools.map((pool) => [pool.name, pool.createdMs]));
  const all = rows.flatMap(({ pool, bad }) =>
    bad.map(({ type, code, sentence }): Finding => {
      const ageMs = picture.now.nowMs - (createdMs.get(pool) ?? 0);
      const severity = type === 'AddressesAvailable' ? 'note' : severityOf(code, ageMs);
      const command = `${plugin} explain pool/${pool}`;
      const object = `VipPool ${pool}`;
      return { severity, object, code, sentence, ...adviceOn(code, command) };
    }),
  );
  // Services of no class concern all pools alike: once is enough.
  const classless = all.find(({ code }) => code === 'ClassUnset');
  return all.filter((finding) => finding.code !== 'ClassUnset' || finding === classless);
}

/** Bad conditions of VRRP instances. */
export function instanceFindings(picture: Picture, rows: readonly InstanceRow[]): Finding[] {
  const createdMs = new Map(picture.now.instances.map(({ name, ...of }) => [name, of.createdMs]));
  return rows.flatMap(({ instance, bad }) =>
    bad.map(({ code, sentence }): Finding => {
      const severity = severityOf(code, picture.now.nowMs - (createdMs.get(instance) ?? 0));
      const object = `VrrpInstance ${instance}`;
      return { severity, object, code, sentence, ...adviceOn(code) };
    }),
  );
}

/** Addresses that somebody has to look after. */
export function vipFindings(rows: readonly VipRow[]): Finding[] {
  return rows
    .filter(({ phase }) => phase === 'Quarantined')
    .map(({ address, awaitedNodes }) => {
      const told = tell(reason('Quarantined', { address, nodes: awaitedNodes.join(', ') }));
      return problem(`Vip ${address}`, told, `${plugin} release ${address} --yes`);
    });
}
