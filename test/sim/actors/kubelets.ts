/**
 * The parts of Kubernetes around Fairlead that it relies on: kubelets renew their Leases and run
 * pods, the DaemonSet controller makes pods, namespaces are emptied, what lost its owner goes.
 */
import { microTime } from '../../../src/kube/micro-time.ts';
import { type ApiObject, type Fields, fields } from '../server/api-object.ts';
import type { Change } from '../server/store.ts';
import type { World } from '../world/world.ts';
import type { DataPlane, NodeState } from './data-plane.ts';
import { paths } from './paths.ts';

const renewMs = 10_000;
const poolLabel = 'fairlead.dev/pool';
/** Stands for the kubelet, which ends a pod's containers before the pod goes. */
const kubeletFinalizer = 'kubelet.example/containers';

export class Kubelets {
  readonly #world: World;
  readonly #dataPlane: DataPlane;

  constructor(world: World, dataPlane: DataPlane) {
    this.#world = world;
    this.#dataPlane = dataPlane;
    world.server.store.onChange((change) => this.#changed(change));
    this.#renew();
  }

  /** The node's pods start, some time after it did. */
  boot(node: NodeState): void {
    for (const pod of this.#pods()) if (nodeOf(pod) === node.name) this.#start(pod);
  }

  #renew(): void {
    for (const node of this.#dataPlane.nodes.values()) {
      if (node.isAlive && node.isConnected) this.#renewLease(node.name);
    }
    this.#world.after(renewMs, () => this.#renew());
  }

  #renewLease(name: string): void {
    const spec = { holderIdentity: name, renewTime: microTime(this.#world.wallMs) };
    const path = paths.lease('kube-node-lease', name);
    const patched = this.#world.call('kubelet', ['PATCH', path, { spec }]);
    if (patched.status !== 404) return;
    const body = { metadata: { name }, spec };
    this.#world.call('kubelet', ['POST', paths.lease('kube-node-lease'), body]);
  }

  #changed({ plural, type, object, before }: Change): void {
    if (type === 'DELETED') this.#collect(object);
    if (plural === 'daemonsets' || plural === 'nodes') this.#later(() => this.#makePods());
    if (plural === 'pods' && type === 'ADDED') this.#start(object);
    if (plural === 'pods') this.#later(() => this.#makePods());
    const isMarked = object.metadata.deletionTimestamp !== undefined;
    const isNew = before?.metadata.deletionTimestamp === undefined;
    if (plural === 'pods' && isMarked && isNew) this.#end(object);
    if (plural === 'namespaces' && isMarked) this.#later(() => this.#empty(object));
    if (plural === 'services') this.#later(() => this.#emptyAll());
  }

  #later(action: () => void): void {
    this.#world.after(this.#world.random.next() * 2_000, action);
  }

  #pods(): readonly ApiObject[] {
    return this.#world.list('pods');
  }

  #makePods(): void {
    const nodes = this.#world.list('nodes').map(({ metadata }) => metadata.name);
    for (const set of this.#world.list('daemonsets')) {
      const selected = nodes.filter((name) => isSelected(this.#world, set, name));
      for (const node of selected) this.#makePod(set, node);
      const ofSet = this.#pods().filter((pod) => poolOf(pod) === poolOf(set));
      const unfit = ofSet.filter((pod) => !selected.includes(nodeOf(pod)));
      for (const pod of unfit) this.#remove(pod, 'daemonset-controller');
      const status = { desiredNumberScheduled: selected.length };
      const path = `${paths.daemonSet(set.metadata.name)}/status`;
      this.#world.call('daemonset-controller', ['PATCH', path, { status }]);
    }
  }

  #makePod(set: ApiObject, node: string): void {
    const isThere = this.#pods().some((pod) => poolOf(pod) === poolOf(set) && nodeOf(pod) === node);
    if (isThere) return;
    const template = fields(fields(fields(set['spec'])['template'])['metadata']);
    const { labels, annotations } = template;
    const name = `${set.metadata.name}-${node}-${this.#world.server.store.revision}`;
    const metadata = { name, labels, annotations, finalizers: [kubeletFinalizer] };
    const body = { metadata, spec: { nodeName: node } };
    this.#world.call('daemonset-controller', ['POST', paths.pod(), body]);
  }

  /** After a while its daemons run. */
  #start(pod: ApiObject): void {
    this.#later(() => {
      const node = this.#dataPlane.nodes.get(nodeOf(pod));
      if (node === undefined || !node.isAlive) return;
      node.readyPools.add(poolOf(pod));
      const status = { conditions: [{ type: 'Ready', status: 'True' }] };
      this.#world.call('kubelet', ['PATCH', `${paths.pod(pod.metadata.name)}/status`, { status }]);
    });
  }

  #end(pod: ApiObject): void {
    this.#later(() => {
      const node = this.#dataPlane.nodes.get(nodeOf(pod));
      if (node?.isAlive === true) node.readyPools.delete(poolOf(pod));
      // A dead node's pod goes when its Node does, or when it is back.
      if (node !== undefined && !node.isAlive) return this.#end(pod);
      const metadata = { finalizers: null };
      this.#world.call('kubelet', ['PATCH', paths.pod(pod.metadata.name), { metadata }]);
    });
  }

  #remove(pod: ApiObject, by: string): void {
    this.#world.call(by, ['DELETE', paths.pod(pod.metadata.name)]);
  }

  /** The garbage collector. */
  #collect(owner: ApiObject): void {
    const { uid } = owner.metadata;
    this.#later(() => {
      for (const [plural, path] of owned) {
        for (const { metadata } of this.#world.list(plural)) {
          const owners = (metadata.ownerReferences ?? []).map(fields);
          if (owners.some((reference) => reference['uid'] === uid)) {
            this.#world.call('garbage-collector', ['DELETE', path(metadata.name)]);
          }
        }
      }
      const isSet = owner.kind === 'DaemonSet';
      const orphans = isSet ? this.#pods().filter((pod) => poolOf(pod) === poolOf(owner)) : [];
      for (const pod of orphans) this.#remove(pod, 'garbage-collector');
    });
  }

  #emptyAll(): void {
    for (const namespace of this.#world.list('namespaces')) {
      if (namespace.metadata.deletionTimestamp !== undefined) this.#empty(namespace);
    }
  }

  /** The namespace controller deletes what is inside, then lets the namespace go. */
  #empty({ metadata: { name } }: ApiObject): void {
    const inside = this.#world.list('services').filter((s) => s.metadata.namespace === name);
    for (const { metadata } of inside) {
      if (metadata.deletionTimestamp === undefined) {
        this.#world.call('namespace-controller', ['DELETE', paths.service(name, metadata.name)]);
      }
    }
    if (inside.length > 0) return;
    const body = { metadata: { finalizers: null } };
    this.#world.call('namespace-controller', ['PATCH', paths.namespace(name), body]);
  }
}

const owned = [
  ['daemonsets', paths.daemonSet],
  ['vipnodes', paths.vipNode],
] as const;

function poolOf({ metadata }: ApiObject): string {
  return metadata.labels?.[poolLabel] ?? '';
}

function nodeOf(pod: ApiObject): string {
  return String(fields(pod['spec'])['nodeName']);
}

/** Terms are alternatives; of each one all requirements must hold. */
function isSelected(world: World, set: ApiObject, name: string): boolean {
  const spec = fields(fields(fields(set['spec'])['template'])['spec']);
  const node = world.list('nodes').find(({ metadata }) => metadata.name === name);
  const labels = node?.metadata.labels ?? {};
  if (!Object.entries(fields(spec['nodeSelector'])).every(([k, v]) => labels[k] === v))
    return false;
  const required = fields(fields(spec['affinity'])['nodeAffinity'])[requiredAffinity];
  if (required === undefined) return true;
  return listed(fields(required)['nodeSelectorTerms']).some(
    ({ matchExpressions, matchFields }) =>
      areMet(matchExpressions, labels) && areMet(matchFields, { 'metadata.name': name }),
  );
}

const requiredAffinity = 'requiredDuringSchedulingIgnoredDuringExecution';

function areMet(requirements: unknown, values: Readonly<Record<string, string>>): boolean {
  return listed(requirements).every(({ key, operator, values: wanted }) => {
    if (operator !== 'In' || !Array.isArray(wanted)) throw new Error(`${String(operator)}?`);
    return wanted.includes(values[String(key)]);
  });
}

function listed(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}
