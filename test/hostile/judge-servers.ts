import assert from 'node:assert/strict';
import type { Frontend } from '../../src/desired/desired-node.ts';
import { grouped } from '../../src/lib/order.ts';
import { formatAddress } from '../../src/net/format-address.ts';
import { parseAddress } from '../../src/net/parse-address.ts';
import { allBackendsOf, frontendOfSection } from '../../src/render/haproxy-backup.ts';
import { hostPort } from '../../src/render/host-port.ts';
import { type Section, type Served, sectionsOf } from './served.ts';

/**
 * Every section is one frontend of the desired state, with one bind; every server is an endpoint of
 * the Service whose backend it stands in.
 */
export function judgeServers({ snapshot, desired, texts }: Served): void {
  const { frontends } = desired.haproxy;
  const byName = new Map(frontends.map((frontend) => [frontend.name, frontend]));
  assert.equal(byName.size, frontends.length, 'two frontends have one name');
  const sections = sectionsOf(texts.haproxy);
  const own = sections.filter(({ heading }) => /^(frontend|backend) /.test(heading));
  const all = own.map(({ heading }) => heading);
  const headings = all.filter((heading) => !/\.(clients|port)$/.test(heading));
  const expected = frontends.flatMap((frontend) => [
    `frontend ${frontend.name}`,
    ...allBackendsOf(frontend).map(({ name }) => `backend ${name}`),
  ]);
  assert.deepEqual(headings, expected, 'sections are those of the frontends');
  const endpoints = endpointsOf(snapshot);
  for (const section of own) {
    const [kind, name = ''] = section.heading.split(' ');
    const frontend = byName.get(frontendOfSection(name));
    assert.ok(frontend, section.heading);
    const { service, canary, backup } = frontend;
    const of = (other: string) => endpoints.get(`${service.split('/')[0]}/${other}`) ?? new Set();
    if (kind === 'frontend') judgeBind(section, frontend);
    else if (name.endsWith('.backup')) judgeBackend(section, of(backup?.service ?? ''));
    else {
      const own = endpoints.get(service) ?? new Set();
      judgeBackend(section, own.union(of(canary?.service ?? '')));
    }
  }
}

function judgeBind({ lines }: Section, { family, address, port }: Frontend): void {
  const binds = lines.filter((line) => line.trimStart().startsWith('bind '));
  const where = binds.map((line) => line.trim().split(' ')[1]);
  assert.deepEqual(where, [hostPort(family, address, port)], 'a frontend listens on its VIP');
}

const own = /( weight \d{1,3})?( backup)?( cookie [0-9a-f]{16})?/;
const where = /(?:\[([0-9a-f:]+)\]|([0-9.]+)):(\d+)/;
const server = new RegExp(`^ {2}server [0-9a-f-]+_\\d+ ${where.source}${own.source}$`);

function judgeBackend({ heading, lines }: Section, endpoints: ReadonlySet<string>): void {
  for (const line of lines.filter((one) => /^\s*server\b/.test(one))) {
    const [, six, four, port] = server.exec(line) ?? [];
    const where = `${six ?? four} ${port}`;
    assert.ok(endpoints.has(where), `${heading} has a server that is no endpoint of it: ${line}`);
  }
}

/** What each Service may be served by: every address of its slices with every port of theirs. */
function endpointsOf({ slices }: Served['snapshot']): ReadonlyMap<string, ReadonlySet<string>> {
  const byService = grouped(slices, ({ namespace, service }) => `${namespace}/${service}`);
  return new Map(
    [...byService].map(([service, own]) => {
      const all = own.flatMap(({ endpoints, ports }) =>
        endpoints.flatMap(({ address }) => {
          const parsed = parseAddress(address);
          const text = parsed.ok ? formatAddress(parsed.value) : undefined;
          return text === undefined ? [] : ports.map(({ port }) => `${text} ${port}`);
        }),
      );
      return [service, new Set(all)];
    }),
  );
}
