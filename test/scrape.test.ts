/** Prometheus finds what the chart installs. Skipped, and said so, where no helm is at hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { poolDaemonSet } from '../src/status/pool-daemonset.ts';
import { findHelm, renderChart } from '../tools/helm.ts';
import { parseManifests, readManifests } from './api/manifests.ts';
import { aPool } from './build/cluster.ts';
import {
  type PodTemplate,
  type RelabelConfig,
  relabelled,
  targetsOf,
} from './monitoring/relabel.ts';
import { textOf } from './monitoring/rules.ts';

const helm = findHelm() ?? '';
const skip = helm === '' ? 'no helm: set FAIRLEAD_LAB_BIN or run the lab once' : false;

type Job = {
  readonly job_name: string;
  readonly honor_labels: boolean;
  readonly kubernetes_sd_configs: readonly { readonly namespaces: { names: string[] } }[];
  readonly relabel_configs: readonly RelabelConfig[];
};
const { scrape_configs: jobs } = parse(textOf('monitoring/scrape.yaml'), { merge: true }) as {
  scrape_configs: readonly Job[];
};

/** The pods of an installation, and one of a pool, by their namespaces. */
function podsOf(...set: string[]): { namespace: string; pod: PodTemplate }[] {
  const pool = poolDaemonSet(aPool('edge', ['10.0.0.0/24']), {
    ...{ namespace: 'fairlead-nodes', image: 'i', imagePullPolicy: 'Never', defaults: {} },
  });
  const installed = parseManifests(renderChart(helm, 'helm', set));
  return [...installed, pool]
    .filter(({ kind }) => kind === 'DaemonSet' || kind === 'Deployment')
    .map((workload) => ({
      namespace: workload.metadata.namespace ?? '',
      pod: (workload['spec'] as { template: PodTemplate }).template,
    }));
}

/** What each job finds: the labels of its targets. */
function targets(...set: string[]): Record<string, unknown[]> {
  const pods = podsOf(...set);
  assert.equal(pods.length, 3);
  const found = jobs.map(({ job_name, kubernetes_sd_configs, relabel_configs }) => {
    const names = kubernetes_sd_configs.flatMap(({ namespaces }) => namespaces.names);
    const own = pods.filter(({ namespace }) => names.includes(namespace));
    const all = own.flatMap(({ pod }) => targetsOf(pod));
    return [
      job_name,
      all.map((target) => relabelled(relabel_configs, target)).filter(isTarget),
    ] as const;
  });
  return Object.fromEntries(found);
}

function isTarget(labels: unknown): boolean {
  return labels !== undefined;
}

test('an opened agent and a controller are targets, with the labels of alerts', { skip }, () => {
  const labels = { node: 'n1', pod: 'pod-1' };
  const found = targets('agent.httpAddress=NodeAddress');
  assert.deepEqual(found, { 'fairlead-agent': [labels], 'fairlead-controller': [labels] });
});

test('an agent that listens on its loopback only is no target', { skip }, () => {
  assert.deepEqual(targets()['fairlead-agent'], []);
});

test("the metrics' own labels win over those of the target", () => {
  for (const { job_name, honor_labels } of jobs) assert.equal(honor_labels, true, job_name);
});

type PodMonitor = {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly podMetricsEndpoints: readonly {
    readonly port: string;
    readonly honorLabels: boolean;
    readonly relabelings: readonly (Record<string, string> & { sourceLabels: string[] })[];
  }[];
};

test('the PodMonitors find the same and give the same labels', { skip }, () => {
  const pods = podsOf('agent.httpAddress=NodeAddress');
  const found = readManifests('monitoring/pod-monitors.yaml').flatMap(({ metadata, ...rest }) => {
    const { selector, podMetricsEndpoints } = rest['spec'] as PodMonitor;
    const [endpoint] = podMetricsEndpoints;
    assert.ok(endpoint?.honorLabels);
    const configs = endpoint.relabelings.map(({ sourceLabels, separator, targetLabel = '' }) => ({
      ...{ source_labels: sourceLabels, target_label: targetLabel },
      ...(separator !== undefined && { separator }),
    }));
    return pods
      .filter(({ namespace }) => namespace === metadata.namespace)
      .filter(({ pod }) =>
        Object.entries(selector.matchLabels).every(([k, v]) => pod.metadata.labels[k] === v),
      )
      .flatMap(({ pod }) => targetsOf(pod))
      .filter((target) => target['__meta_kubernetes_pod_container_port_name'] === endpoint.port)
      .map((target) => relabelled(configs, target));
  });
  assert.deepEqual(found, [
    { job: 'fairlead-agent', node: 'n1' },
    { job: 'fairlead-controller', node: 'n1' },
  ]);
});
