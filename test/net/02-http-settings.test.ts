/** What an owner sets for HTTP, as curl sees it: headers, limits, compression, queues, words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority } from '../lab/certificates.ts';
import type { LabClient } from '../lab/client.ts';
import { outcomeOf } from '../lab/command.ts';
import type { Lab } from '../lab/lab.ts';
import { grantTls, tlsSecret } from '../lab/story/tls.ts';
import { waitFor } from '../lab/wait-for.ts';
import { webUrl } from '../lab/web-url.ts';
import { apply, ownNamespace, refusal, servingLab } from './cluster.ts';
import { addressesOf, servedWeb, settingAnnotations, webDeployment, webService } from './web.ts';

const servedSeconds = 60;
const host = 'set.test';
const closedText = 'Back at 6 am.';

test('HTTP settings of Services do on their VIPs what their names say', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'http-settings');
  using authority = new Authority();
  await grantTls(lab, namespace);
  await apply(lab, tlsSecret({ namespace, name: 'set' }, authority.issue([host])));
  const addresses = await served(lab, namespace);
  const client = await lab.client('others');
  const clients = { secure: curlOf(client, addresses.secure), other: curlOf(client, '') };
  await waitFor({ what: 'the Service to answer', boundSeconds: servedSeconds }, async () => {
    const said = await clients.secure(`https://${host}/hostname`);
    return said.startsWith('HTTP/2 200') || said;
  });
  await t.test('client-headers, hsts-seconds', async () => {
    const said = await clients.secure(`https://${host}/header?key=Forwarded`);
    assert.match(said, new RegExp(`for=${client.ipv4.replaceAll('.', '\\.')}`));
    assert.match(said, /^strict-transport-security: max-age=86400/m);
  });
  await t.test('https-redirect', async () => {
    const said = await clients.secure(`http://${host}/hostname`);
    assert.match(said, /^HTTP\/1\.1 308 /);
    assert.match(said, /^location: https:\/\/set\.test\/hostname$/m);
  });
  await t.test('max-request-bytes', async () => {
    const data = ['--data', 'x'.repeat(101)];
    assert.match(await clients.secure(`https://${host}/echo`, ...data), /^HTTP\/2 413/);
    const less = ['--data', 'x'.repeat(99)];
    assert.doesNotMatch(await clients.secure(`https://${host}/echo`, ...less), /^HTTP\/2 413/);
  });
  await t.test('request-timeout-seconds', async () => {
    const slow = `exec 3<>/dev/tcp/${addresses.secure}/80; printf 'GET / HTTP/1.1\\r\\n' >&3`;
    const said = await client.exec(['bash', '-c', `${slow}; timeout 10 head -n1 <&3`]);
    assert.match(said, /^HTTP\/1\.1 408 /);
  });
  await t.test('compression', async () => {
    const url = `https://${host}/echo?msg=${'x'.repeat(2_000)}`;
    const zipped = await clients.secure(url, '-H', 'Accept-Encoding: gzip', '-o', '/dev/null');
    assert.match(zipped, /^content-encoding: gzip/m);
    assert.doesNotMatch(await clients.secure(url, '-o', '/dev/null'), /^content-encoding/m);
  });
  await t.test('requests-per-second-per-client', async () => {
    const urls = Array.from({ length: 20 }, () => `http://${addresses.limited}/hostname`);
    const said = await clients.other(...urls);
    const codes = [...said.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => code);
    assert.equal(codes.length, urls.length, said);
    assert.equal(codes[0], '200');
    assert.deepEqual([...new Set(codes)], ['200', '429']);
  });
  await t.test('max-connections-per-server: the second waits for the first', async () => {
    const [first, second] = await Promise.all([
      client.exec(['bash', '-c', slowPost(addresses.queueing)]),
      client.exec(['bash', '-c', laterGet(addresses.queueing)]),
    ]);
    const [sentAt = '', answer] = first.split('\n');
    assert.match(answer ?? '', /^HTTP\/1\.1 200 /);
    const [code, answeredAt = ''] = second.split('\n');
    assert.equal(code, '200');
    assert.ok(BigInt(answeredAt) > BigInt(sentAt), 'two were with the pod at once');
  });
  await t.test('error-text', async () => {
    const said = await clients.other(`http://${addresses.closed}/`);
    assert.match(said, /^HTTP\/1\.1 503 /);
    assert.match(said, new RegExp(`${closedText}\\s*$`));
  });
});

test('a VipPolicy that a live Service names: it counts, so does a change, and a wrong value is refused', async (t) => {
  const lab = await servingLab();
  const namespace = await ownNamespace(t, lab, 'policies');
  const web = { name: 'governed', namespace };
  const policy = (spec: object) => {
    const metadata = { name: 'headers', namespace };
    return { apiVersion: 'fairlead.dev/v1alpha1', kind: 'VipPolicy', metadata, spec };
  };
  const [address = ''] = await servedWeb(lab, web);
  const client = await lab.client('others');
  const hears = async (header: string, wanted: RegExp) => {
    const url = webUrl(address, 80, `/header?key=${header}`);
    await waitFor({ what: `${header} to be ${wanted}`, boundSeconds: 30 }, async () => {
      const { stdout } = await outcomeOf(client.command(['curl', '-sS', '-g', '-m', '3', url]));
      return wanted.test(stdout) || stdout;
    });
  };
  await hears('X-Forwarded-Proto', /^$/);
  await apply(lab, policy({ protocol: 'HTTP' }));
  await apply(lab, webService({ ...web, annotations: { 'fairlead.dev/policy': 'headers' } }));
  await hears('X-Forwarded-Proto', /^http$/);
  await apply(lab, policy({ protocol: 'HTTP', clientHeaders: 'Forwarded' }));
  await hears('Forwarded', /for=/);
  await hears('X-Forwarded-Proto', /^$/);
  const wrong = await refusal(lab, policy({ protocol: 'HTTP', clientHeaders: 'Both' }));
  assert.match(wrong, /clientHeaders.*"Both"/s);
  await hears('Forwarded', /for=/);
});

/** A request whose body comes two seconds late; prints when that is sent, then the answer. */
function slowPost(address: string): string {
  const head = [
    ...['POST /echo HTTP/1.1', 'Host: set.test', 'Content-Length: 1'],
    ...['Content-Type: application/x-www-form-urlencoded', '', ''],
  ].join('\\r\\n');
  const send = `exec 3<>/dev/tcp/${address}/80; printf '${head}' >&3; sleep 2; date +%s%N`;
  return `${send}; printf x >&3; timeout 10 head -n1 <&3`;
}

/** One that comes while the other is on its way; prints its status, and when it was answered. */
function laterGet(address: string): string {
  const ask = `curl -sS -m 15 -o /dev/null -w '%{http_code}\\n' http://${address}/hostname`;
  return `sleep 0.5; ${ask}; date +%s%N`;
}

type Addresses = Readonly<Record<'secure' | 'limited' | 'queueing' | 'closed', string>>;

/** The Services, each with one pod, and with its address once it is published. */
async function served(lab: Lab, namespace: string): Promise<Addresses> {
  const pod = { namespace, name: 'set' };
  await apply(lab, webDeployment(pod));
  const one = async (name: string, settings: Record<string, string>, more: object) => {
    const web = { name, namespace, annotations: settingAnnotations(settings) };
    const spec = { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'], selector: { app: 'set' } };
    await apply(lab, webService(web, { ...spec, ...more }));
    const [address = ''] = await addressesOf(lab, web, 1);
    return address;
  };
  const http = { protocol: 'HTTP' };
  const ports = [
    { name: 'http', port: 80, targetPort: 8080 },
    { name: 'https', port: 443, targetPort: 8080, appProtocol: 'https' },
  ];
  const secured = {
    ...{ ...http, 'tls-secrets': 'set', 'client-headers': 'Forwarded', compression: 'Enabled' },
    ...{ 'https-redirect': 'Enabled', 'hsts-seconds': '86400' },
    ...{ 'max-request-bytes': '100', 'request-timeout-seconds': '2' },
  };
  const [secure, limited, queueing, closed] = await Promise.all([
    one('secure', secured, { ports }),
    one('limited', { ...http, 'requests-per-second-per-client': '5' }, {}),
    one('queueing', { ...http, 'max-connections-per-server': '1' }, {}),
    one('closed', { ...http, 'error-text': closedText }, { selector: { app: 'nobody' } }),
  ]);
  return { secure, limited, queueing, closed };
}

/** Asks with curl; answers heads and bodies. `address` is where the host's name leads. */
function curlOf(client: LabClient, address: string) {
  const to = address === '' ? [] : ['--resolve', `${host}:80:${address}`];
  const secure = address === '' ? [] : ['--resolve', `${host}:443:${address}`];
  return async (...words: readonly string[]): Promise<string> => {
    const command = ['curl', '-ksS', '-m', '15', '-D', '-', ...to, ...secure, ...words];
    return (await client.exec(command).catch(String)).replaceAll('\r', '');
  };
}
