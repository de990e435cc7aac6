import { waitFor } from '../wait-for.ts';
import { readyPods } from './applications.ts';
import { reloads } from './fairlead.ts';
import { judged, type Scene, type Step, type StepOutcome } from './step.ts';
import { answers } from './step-programmed.ts';
import { kubeJson, type List, published } from './view.ts';
import { whileNoVipMoves } from './vip-moves.ts';
import { failedRequests, failureList, patient, type Seen, startWatch } from './watch.ts';

/** Endpoints that come and go all the time cost no request and no reload. */
export const churn: Step = {
  name: 'churn',
  title: 'change the endpoints of a Service 200 times, under load',
  nodesMin: 1,
  play,
};

const changes = 200;
const name = 'churn';
const publishedSeconds = 60;

async function play(scene: Scene): Promise<StepOutcome> {
  const { lab } = scene;
  const [stays = '', comesAndGoes = ''] = await podAddresses(scene);
  await applyAll(scene, [service, slice('stays', stays), slice('moves', comesAndGoes)]);
  try {
    await waitFor(
      { what: 'Service churn to be published', boundSeconds: publishedSeconds },
      async () => {
        return (await published(lab, name)).addresses.length > 0 || 'no address';
      },
    );
    const target = await published(lab, name);
    const [address = ''] = target.addresses;
    await answers(scene, { address, port: target.port });
    const before = await reloads(lab);
    const seen = await whileNoVipMoves(scene, async () => {
      await using watch = await startWatch(scene, [target], patient);
      watch.mark();
      for (let change = 0; change < changes; change += 1) {
        await setReady(scene, change % 2 === 1);
      }
      // Ready for a tenth of a second, a server may never come to its first check: judged after.
      const changed = watch.since();
      await waitFor({ what: 'both replicas to answer in the end', boundSeconds: 20 }, async () => {
        return bothAnswered(changed, watch.since()) || 'one replica only';
      });
      return await watch.stop();
    });
    const after = await reloads(lab);
    const reloaded = [...before].filter(([node, count]) => after.get(node) !== count).length;
    const failed = failedRequests(seen);
    const fields = { changes, failedRequests: failed, reloads: reloaded };
    const requests = seen.reduce((sum, one) => sum + one.requests, 0);
    const told = `${failed} of ${requests} requests failed, ${reloaded} nodes reloaded`;
    return judged(fields, told, {
      [`requests failed: ${failureList(seen).join(', ')}`]: failed > 0,
      [`HAProxy was reloaded on ${reloaded} nodes`]: reloaded > 0,
    });
  } finally {
    await lab.kubectl(['delete', 'service', name, '--wait=false']);
    await lab.kubectl(['delete', 'endpointslice', 'churn-stays', 'churn-moves']);
  }
}

/** Whether every client has had answers of two replicas since an earlier look. */
function bothAnswered(before: readonly Seen[], now: readonly Seen[]): boolean {
  return now.every(({ perReplica }, index) => {
    const earlier = before[index]?.perReplica ?? {};
    const since = Object.keys(perReplica).filter(
      (replica) => (perReplica[replica] ?? 0) > (earlier[replica] ?? 0),
    );
    return since.length === 2;
  });
}

/** A Service without a selector: its endpoints are what the step says. */
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: {
    type: 'LoadBalancer',
    loadBalancerClass: 'fairlead.dev/vip',
    allocateLoadBalancerNodePorts: false,
    ports: [{ name: 'http', port: 80, targetPort: 8080 }],
  },
};

function slice(part: string, address: string): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-${part}`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  };
}

async function setReady({ lab }: Scene, ready: boolean): Promise<void> {
  const patch = [{ op: 'replace', path: '/endpoints/0/conditions/ready', value: ready }];
  const words = ['patch', 'endpointslice', `${name}-moves`, '--type=json'];
  await lab.kubectl([...words, '-p', JSON.stringify(patch)]);
}

async function applyAll({ lab }: Scene, items: readonly object[]): Promise<void> {
  const stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await lab.kubectl(['apply', '-f', '-'], { stdin });
}

type RawPod = {
  readonly metadata: { readonly name: string };
  readonly status: { readonly podIP?: string };
};

async function podAddresses({ lab }: Scene): Promise<string[]> {
  const ready = (await readyPods(lab, 'web')).map(({ name: each }) => each);
  const { items } = await kubeJson<List<RawPod>>(lab, ['get', 'pods', '-l', 'app=web']);
  const known = items.filter(({ metadata }) => ready.includes(metadata.name));
  return known.flatMap(({ status }) => status.podIP ?? []);
}
