/** Clients that prove who they are by a certificate, as curl and openssl do it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Authority } from '../lab/certificates.ts';
import type { LabClient } from '../lab/client.ts';
import { type CommandOutcome, outcomeOf } from '../lab/command.ts';
import type { Lab } from '../lab/lab.ts';
import { grantTls, tlsSecret } from '../lab/story/tls.ts';
import { waitFor } from '../lab/wait-for.ts';
import { urlHost } from '../lab/web-url.ts';
import { apply, ownNamespace, servingLab, untilCondition } from './cluster.ts';
import { machinePod, python } from './machine-pod.ts';
import { addressesOf, settingAnnotations, webDeployment, webService } from './web.ts';

const boundSeconds = 60;
const host = 'partners.test';
const heard = (subject: string) => `200 ${subject}`;
const refused = 'refused';
const closed = 'closed';

/** A client of the Services: nobody has no certificate, mallory one of another CA. */
type Who = 'nobody' | 'mallory' | 'alice';
/** What each of them is told, by both families. */
type Told = Readonly<Record<Who, readonly string[]>>;

/** What the clients are and have. */
type Scene = {
  readonly client: LabClient;
  readonly folder: string;
  readonly strict: readonly string[];
  readonly loose: readonly string[];
};

test('client certificates: only those of the CA are taken, and the pod hears whose', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'tls-clients');
  using partners = new Authority('partners');
  using strangers = new Authority('strangers');
  const folder = await certificateFolder(t, { alice: partners, mallory: strangers });
  const [strict, loose] = await served(lab, namespace, partners);
  const client = await lab.client('others');
  const scene = { client, folder, strict, loose };
  await t.test('without the CA nobody is served, Optional or not', async () => {
    const message = /Secret clients does not exist/;
    for (const name of ['strict', 'loose']) {
      const of = { resource: 'service', name, namespace };
      const type = 'fairlead.dev/CertificatesReady';
      await untilCondition(lab, of, { type, status: 'False', message });
    }
    for (const addresses of [strict, loose]) {
      for (const who of ['nobody', 'alice'] as const) {
        assert.deepEqual(await ask(scene, addresses, who), [closed, closed]);
      }
    }
  });
  await t.test('Required', async () => {
    const strays: string[] = [];
    await apply(lab, caSecret(namespace, partners));
    await waitFor({ what: 'alice to be served', boundSeconds }, async () => {
      strays.push(...(await ask(scene, strict, 'nobody')));
      const seen = await ask(scene, strict, 'alice');
      return seen.every((each) => each === heard('CN=alice')) || seen.join();
    });
    const waiting = [refused, closed];
    assert.deepEqual(
      strays.filter((each) => !waiting.includes(each)),
      [],
      'not for a moment',
    );
    assert.deepEqual(await toldAll(scene, strict), told({ alice: 'CN=alice' }));
    for (const address of strict) {
      assert.equal(await alert(scene, address, 'nobody'), 'certificate required');
      assert.equal(await alert(scene, address, 'mallory'), 'unknown ca');
    }
  });
  await t.test('Optional', async () => {
    await untilTold(scene, loose, told({ alice: 'CN=alice', nobody: '' }));
    for (const address of loose) {
      assert.equal(await alert(scene, address, 'mallory'), 'unknown ca');
    }
  });
  await t.test('proxy-protocol V2: a pod of TCP hears it in the header', async () => {
    const passed = await servedByTcp(lab, namespace);
    for (const address of passed) {
      await waitFor({ what: 'alice to be served', boundSeconds }, async () => {
        const { stdout } = await openssl(scene, address, 'alice');
        return stdout === 'CN=alice\n' || stdout;
      });
      assert.equal(await alert(scene, address, 'nobody'), 'certificate required');
    }
  });
  await t.test('another CA in the Secret', async () => {
    await apply(lab, caSecret(namespace, strangers));
    await untilTold(scene, strict, told({ mallory: 'CN=mallory' }));
    await untilTold(scene, loose, told({ mallory: 'CN=mallory', nobody: '' }));
  });
});

/** Who is served hears the subject that the pod heard; the others are refused. */
function told(subjects: Partial<Readonly<Record<Who, string>>>): Told {
  const of = (who: Who) => {
    const subject = subjects[who];
    const each = subject === undefined ? refused : heard(subject);
    return [each, each];
  };
  return { nobody: of('nobody'), mallory: of('mallory'), alice: of('alice') };
}

async function toldAll(scene: Scene, addresses: readonly string[]): Promise<Told> {
  const of = (who: Who) => ask(scene, addresses, who);
  return { nobody: await of('nobody'), mallory: await of('mallory'), alice: await of('alice') };
}

async function untilTold(scene: Scene, addresses: readonly string[], wanted: Told): Promise<void> {
  const what = `them to be told ${JSON.stringify(wanted)}`;
  await waitFor({ what, boundSeconds }, async () => {
    const seen = JSON.stringify(await toldAll(scene, addresses));
    return seen === JSON.stringify(wanted) || seen;
  });
}

/** What curl is told at each address; it claims another subject in a header of its own. */
async function ask(
  { client, folder }: Scene,
  addresses: readonly string[],
  who: Who,
): Promise<string[]> {
  const answers: string[] = [];
  for (const address of addresses) {
    const resolved = `${host}:443:${urlHost(address)}`;
    const command = [
      ...['curl', '-ksS', '-m', '5', '--resolve', resolved, ...proof(folder, who)],
      ...['-H', `${subjectHeader}: CN=root`, '-w', '\n%{http_code}'],
      `https://${host}/header?key=${subjectHeader}`,
    ];
    const { status, stdout } = await outcomeOf(client.command(command));
    const [subject = '', code] = stdout.split('\n');
    answers.push(status === 0 ? `${code} ${subject}` : (failures[status] ?? `curl: ${status}`));
  }
  return answers;
}

/** Exit statuses of curl: the port is closed; TLS failed while it connects, writes or reads. */
const failures: Readonly<Record<number, string>> = {
  7: closed,
  ...{ 35: refused, 55: refused, 56: refused },
};
const subjectHeader = 'X-SSL-Client-Subject';

/** Why openssl is refused, in the words of TLS. */
async function alert(scene: Scene, address: string, who: Who): Promise<string> {
  const { stderr } = await openssl(scene, address, who);
  return /alert ([a-z ]+):/.exec(stderr)?.[1] ?? stderr;
}

/** What openssl hears without saying a word: an answer to what it says could get lost. */
async function openssl(
  { client, folder }: Scene,
  address: string,
  who: Who,
): Promise<CommandOutcome> {
  const to = `${urlHost(address)}:443`;
  const words = ['-quiet', '-connect', to, '-servername', host, ...proof(folder, who)];
  const talk = 'exec timeout 10 openssl s_client "$@" < <(exec sleep 5 2> /dev/null)';
  return await outcomeOf(client.command(['bash', '-c', talk, 'bash', ...words]));
}

/** The words by which both programs show a certificate and its key. */
function proof(folder: string, who: Who): string[] {
  return who === 'nobody' ? [] : ['--cert', join(folder, `${who}.pem`)];
}

/** A file for each, of the certificate and its key; gone after the test. */
async function certificateFolder(
  t: TestContext,
  issuers: Readonly<Record<string, Authority>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-tls-clients-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, issuer] of Object.entries(issuers)) {
    const { certificate, key } = issuer.issue([name]);
    await writeFile(join(folder, `${name}.pem`), certificate + key);
  }
  return folder;
}

/** Two Services of one pod, whose Secret with the clients' CA is not there yet. */
async function served(
  lab: Lab,
  namespace: string,
  authority: Authority,
): Promise<[string[], string[]]> {
  await grantTls(lab, namespace);
  const server = tlsSecret({ namespace, name: 'server' }, authority.issue([host]));
  await apply(lab, server, webDeployment({ namespace, name: 'partners' }));
  const one = async (name: string, certificates: string): Promise<string[]> => {
    const settings = { protocol: 'HTTP', 'tls-client-certificates': certificates };
    const web = { name, namespace, annotations: secured(settings) };
    await apply(lab, webService(web, { ports, selector: { app: 'partners' } }));
    return await addressesOf(lab, web, 2);
  };
  return await Promise.all([one('strict', 'Required'), one('loose', 'Optional')]);
}

/** A Service of a pod that reads the header and tells whom it names. */
async function servedByTcp(lab: Lab, namespace: string): Promise<string[]> {
  const web = { name: 'passed', namespace, annotations: secured({ 'proxy-protocol': 'V2' }) };
  const scripts = { server: python('proxy-header-server.py') };
  const pod = machinePod({ name: 'passed', namespace, labels: { app: 'passed' }, scripts });
  await apply(lab, pod, webService(web, { ports }));
  return await addressesOf(lab, web, 2);
}

const ports = [{ name: 'https', port: 443, targetPort: 8080 }];

function secured(settings: Readonly<Record<string, string>>): Record<string, string> {
  const all = { 'tls-secrets': 'server', 'tls-client-ca': 'clients', ...settings };
  return settingAnnotations(all);
}

function caSecret(namespace: string, { certificate }: Authority): object {
  const metadata = { name: 'clients', namespace };
  return { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { 'ca.crt': certificate } };
}
