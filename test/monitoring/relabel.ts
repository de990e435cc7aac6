/** Relabelling as Prometheus does it (its manual, relabel_config), as far as we use it. */
export type RelabelConfig = {
  readonly source_labels: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly action?: 'keep' | 'drop' | 'replace';
  readonly target_label?: string;
};

type Labels = Readonly<Record<string, string>>;

/** The labels of a target; undefined when it is none. */
export function relabelled(configs: readonly RelabelConfig[], found: Labels): Labels | undefined {
  let labels = found;
  for (const config of configs) {
    const { source_labels, separator = ';', regex = '(.*)', action = 'replace' } = config;
    const value = source_labels.map((name) => labels[name] ?? '').join(separator);
    const matches = new RegExp(`^(?:${regex})$`).test(value);
    if (action !== 'replace' && matches !== (action === 'keep')) return undefined;
    if (config.target_label !== undefined) labels = { ...labels, [config.target_label]: value };
  }
  const isMeta = (name: string) => name.startsWith('__');
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !isMeta(name)));
}

/** A pod as a template makes it. */
export type PodTemplate = {
  readonly metadata: { readonly labels: Labels };
  readonly spec: {
    readonly containers: readonly {
      readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
    }[];
  };
};

/** What kubernetes_sd_configs of role pod says of a pod: a target a port, one without if none. */
export function targetsOf(pod: PodTemplate): Labels[] {
  const meta = (name: string) => `__meta_kubernetes_pod_${name}`;
  const labels = Object.entries(pod.metadata.labels).map(([name, value]) => [
    meta(`label_${name.replaceAll(/\W/g, '_')}`),
    value,
  ]);
  const common = {
    ...(Object.fromEntries(labels) as Labels),
    [meta('name')]: 'pod-1',
    [meta('node_name')]: 'n1',
    [meta('phase')]: 'Running',
  };
  const ports = pod.spec.containers.flatMap(({ ports = [] }) => ports);
  if (ports.length === 0) return [common];
  return ports.map(({ name, containerPort }) => ({
    ...common,
    [meta('container_port_name')]: name,
    [meta('container_port_number')]: `${containerPort}`,
  }));
}
