/**
 * Servers that take connections and serve nobody: each kind is found out by its own check, gets no
 * client, and `kubectl fairlead explain` says why.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { LabClient } from '../lab/client.ts';
import { outcomeOf } from '../lab/command.ts';
import type { Lab } from '../lab/lab.ts';
import { checkedServers, installPackages } from '../lab/packages.ts';
import { readerCommands } from '../lab/reader.ts';
import { sayOnStderr } from '../lab/say.ts';
import { kubeJson } from '../lab/story/view.ts';
import { waitFor } from '../lab/wait-for.ts';
import {
  agreedServers,
  type CheckedServer,
  servers,
  slow,
  slowStartSeconds,
} from './checked-servers.ts';
import { apply, ownNamespace, servingLab } from './cluster.ts';
import { machinePod } from './machine-pod.ts';
import { addressesOf, settingAnnotations, webService } from './web.ts';

/** What one kind is tried on: two pods behind one Service. */
type Trial = {
  readonly lab: Lab;
  readonly client: LabClient;
  readonly namespace: string;
  readonly server: CheckedServer;
  readonly addresses: readonly string[];
  /** Where `kubectl fairlead` is found. */
  readonly path: string;
};

const boundSeconds = 90;

test('who serves nobody gets no client, whatever its port says', {
  concurrency: true,
}, async (t) => {
  await installPackages(sayOnStderr, checkedServers);
  await playAll(t, 'checked', servers);
});

test('a check asks how, for what and where its Service says; who comes back is spared', {
  concurrency: true,
}, async (t) => {
  await playAll(t, 'checked-as-agreed', [...agreedServers, slow]);
});

async function playAll(
  t: TestContext,
  name: string,
  kinds: readonly CheckedServer[],
): Promise<void> {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, name);
  await apply(lab, ...kinds.flatMap((server) => objectsOf(server, namespace)));
  const [client, path] = await Promise.all([lab.client('others'), readerCommands(lab)]);
  const trials = kinds.map((server) =>
    t.test(`${server.name}: by ${server.by}`, async () => {
      const addresses = await addressesOf(lab, { name: server.name, namespace }, 2);
      const trial = { lab, client, namespace, server, addresses, path };
      await (server === slow ? playSlowStart : play)(trial);
    }),
  );
  await Promise.all(trials);
}

async function play(trial: Trial): Promise<void> {
  const { server } = trial;
  const [steady, ill] = podNames(server);
  await untilServedBy(trial, [ill, steady]);
  await inPod(trial, ill, server.spoil);
  await saysSo(trial, ill);
  await untilServedBy(trial, [steady]);
  assert.deepEqual(await askTimes(trial, 6), [steady]);
  await untilExplained(trial, ill);
  await inPod(trial, ill, server.heal);
  await untilServedBy(trial, [ill, steady]);
}

async function playSlowStart(trial: Trial): Promise<void> {
  const { server } = trial;
  const [steady, returned] = podNames(server);
  await untilServedBy(trial, [returned, steady]);
  const bothServe = performance.now();
  await inPod(trial, returned, server.spoil);
  await untilServedBy(trial, [steady]);
  // The other one came up as well, some time ago: what it gets must not grow any more.
  await pause(bothServe + slowStartSeconds * 1_000 - performance.now());
  await inPod(trial, returned, server.heal);
  await waitFor({ what: `${returned} to be back`, boundSeconds, everyMs: 100 }, async () => {
    return (await shareOf(trial, returned)) > 0 || 'not yet';
  });
  // It begins with a sixteenth of the other weight and has this much after a third of the time.
  const first = await shareOf(trial, returned);
  assert.ok(first < 0.3, `${first} at once`);
  const boundLater = slowStartSeconds + boundSeconds;
  const later = { what: 'its full share', boundSeconds: boundLater, everyMs: 2_000 };
  await waitFor(later, async () => {
    const share = await shareOf(trial, returned);
    return (share > 0.45 && share < 0.55) || `${share}`;
  });
}

/** What of sixty connections one pod gets. */
async function shareOf({ client, server, addresses }: Trial, pod: string): Promise<number> {
  const answers: string[] = [];
  for (const address of addresses) {
    const command = server.ask(address);
    const urls = Array.from({ length: 29 }, () => command.at(-1) ?? '');
    const words = [...command, ...urls, '-w', '\n', '-H', 'Connection: close'];
    const { stdout } = await outcomeOf(client.command(words));
    answers.push(...stdout.trim().split('\n'));
  }
  return answers.filter((name) => name === pod).length / answers.length;
}

function podNames({ name }: CheckedServer): [string, string] {
  return [`${name}-steady`, `${name}-ill`];
}

/** All share one address, each with its port. */
function objectsOf(server: CheckedServer, namespace: string): object[] {
  const { name, port, settings, start, beside, user } = server;
  const annotations = settingAnnotations({ 'sharing-key': 'checked', ...settings });
  const scripts = { server: start, ...(beside !== undefined && { beside }) };
  const labels = { app: name };
  return [
    webService({ name, namespace, annotations }, { ports: [{ name: 'served', port }] }),
    ...podNames(server).map((pod) => machinePod({ name: pod, namespace, labels, scripts, user })),
  ];
}

/** Who serves, as the clients see it; 'nobody' for each that is not served. */
async function askTimes({ client, server, addresses }: Trial, times: number): Promise<string[]> {
  const names = new Set<string>();
  for (const address of addresses) {
    for (let asked = 0; asked < times; asked += 1) {
      const { status, stdout } = await outcomeOf(client.command(server.ask(address)));
      names.add(status === 0 ? stdout.trim() : 'nobody');
    }
  }
  return [...names].toSorted();
}

async function untilServedBy(trial: Trial, names: readonly string[]): Promise<void> {
  const what = `${names.join(' and ')} alone to serve`;
  await waitFor({ what, boundSeconds, everyMs: 500 }, async () => {
    // As many as a passive check needs: a check that passes may make it forget those before.
    const seen = await askTimes(trial, 8);
    return seen.join() === names.join() || seen.join();
  });
}

async function inPod({ lab, namespace }: Trial, pod: string, script: string): Promise<void> {
  const words = ['exec', '--namespace', namespace, pod, '-c', 'server', '--'];
  await lab.kubectl([...words, '/bin/bash', '-ec', script]);
}

/** Until a node says of the pod, by both families, what is wrong with it; clients ask meanwhile. */
async function untilExplained(trial: Trial, pod: string): Promise<void> {
  const { namespace, server, lab, path } = trial;
  const ips = await addressesOfPod(trial, pod);
  const words = ['explain', `service/${server.name}`, '-n', namespace];
  const env = { PATH: `${path}:${process.env['PATH'] ?? ''}`, KUBECONFIG: lab.kubeconfig };
  await waitFor({ what: `${pod} to be found out`, boundSeconds, everyMs: 1_000 }, async () => {
    await askTimes(trial, 8);
    const { stdout } = await outcomeOf(['kubectl', 'fairlead', ...words], { env });
    const lines = stdout.split('\n').filter((line) => line.includes('ServerDown'));
    const isNamed = (ip: string) =>
      lines.some((line) => line.includes(ip) && server.why.test(line));
    return ips.every(isNamed) || stdout;
  });
}

type RawPod = { readonly status: { readonly podIPs?: readonly { readonly ip: string }[] } };

async function addressesOfPod({ lab, namespace }: Trial, pod: string): Promise<string[]> {
  const { status } = await kubeJson<RawPod>(lab, ['get', 'pod', pod, '--namespace', namespace]);
  const ips = (status.podIPs ?? []).map(({ ip }) => ip);
  assert.equal(ips.length, 2, ips.join());
  return ips;
}

/** What it says to who asks it itself; a check that only connects would be content with it. */
async function saysSo(trial: Trial, pod: string): Promise<void> {
  const { lab, server } = trial;
  for (const ip of await addressesOfPod(trial, pod)) {
    const asked = (await lab.nodes[0]?.command(server.ask(ip))) ?? [];
    await waitFor({ what: `${pod} to serve nobody at ${ip}`, boundSeconds }, async () => {
      const { stdout, stderr } = await outcomeOf(asked);
      return server.hears.test(`${stdout}${stderr}`) || `${stdout}${stderr}`;
    });
  }
}
