import type { Scene } from '../test/lab/story/step.ts';
import { answers } from '../test/lab/story/step-programmed.ts';
import { published } from '../test/lab/story/view.ts';
import { waitFor } from '../test/lab/wait-for.ts';
import { type Measured, record } from './summary.ts';

const name = 'bench';

/** From `kubectl apply` of a Service over running pods until both its addresses answer a client. */
export async function serviceToAnswer(scene: Scene, runs: number): Promise<Measured> {
  const measured: Measured = {};
  for (let run = 1; run <= runs; run += 1) {
    const startMs = performance.now();
    await scene.lab.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(service) });
    const addresses = await publishedAddresses(scene);
    for (const address of addresses) await answers(scene, { address, port: 80 });
    record(measured, 'service to answer, ms', Math.round(performance.now() - startMs));
    const startDeleteMs = performance.now();
    await scene.lab.kubectl(['delete', 'service', name, '--timeout=60s'], { timeoutSeconds: 70 });
    record(measured, 'deletion to gone, ms', Math.round(performance.now() - startDeleteMs));
  }
  return measured;
}

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: {
    type: 'LoadBalancer',
    loadBalancerClass: 'fairlead.dev/vip',
    allocateLoadBalancerNodePorts: false,
    ipFamilyPolicy: 'RequireDualStack',
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 'http' }],
  },
};

async function publishedAddresses({ lab }: Scene): Promise<readonly string[]> {
  let addresses: readonly string[] = [];
  await waitFor({ what: 'two addresses', boundSeconds: 60, everyMs: 20 }, async () => {
    addresses = (await published(lab, name)).addresses;
    return addresses.length === 2 ? true : `${addresses.length} addresses`;
  });
  return addresses;
}
