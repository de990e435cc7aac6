import { conditionLines } from './condition-text.ts';
import { adviceOn } from './finding.ts';
import { columns, type Line, toned } from './page.ts';
import type { PoolReport } from './pool-report.ts';
import { type Extent, instanceTable, poolTable, rowsShown, vipTable } from './row-tables.ts';
import { type Section, sectionLines, unreadLines, verdictLines } from './section.ts';

/** One pool for a person: what is wrong with it, what it has, who may have it, who waits. */
export function poolLines(report: PoolReport, extent: Extent): Line[] {
  const { pool, problems, waiting, conditions } = report;
  const worst = problems[0] ?? report.bad[0];
  const best = conditions.find(({ type }) => type === 'Ready');
  const told = worst ?? { code: best?.code ?? 'Ready', sentence: best?.sentence ?? '' };
  const state = worst === undefined ? 'is well' : 'needs a look';
  const tone = worst === undefined ? 'good' : 'bad';
  return [
    ...verdictLines({ about: `VipPool ${pool}`, state, tone, ...told, ...adviceOn(told.code) }),
    ...columns(poolTable([report], 'wide')),
    [],
    ...sections(report).flatMap(sectionLines),
    ...sectionLines({
      title: 'Waiting',
      ok: waiting.length > 0 ? false : undefined,
      rows: waiting.map(({ service, code, sentence }) => [service, toned('bad', code), sentence]),
    }),
    ...sectionLines({ title: 'VIPs', rows: tableRows(vipTable(report.vips, 'wide'), extent) }),
    ...sectionLines({
      title: 'Instances',
      rows: tableRows(instanceTable(report.instances, 'wide'), extent),
    }),
    ...sectionLines({ title: 'Conditions', rows: conditionLines(conditions) }),
    ...unreadLines(report.unread),
  ];
}

/** A table that has nothing but its head is no table, and one that fills the screen is cut. */
function tableRows(table: readonly Line[], extent: Extent): readonly Line[] {
  const rest = table.length - 1 - rowsShown;
  if (table.length < 2) return [];
  if (extent === 'wide' || rest <= 0) return table;
  return [...table.slice(0, rowsShown + 1), [`and ${rest} more: -o wide shows them`]];
}

function sections(report: PoolReport): Section[] {
  const { assignment, addressRequests, priority, problems, places } = report;
  return [
    {
      title: 'Problems',
      ok: problems.length > 0 ? false : undefined,
      rows: problems.map(({ code, sentence }) => [toned('bad', code), sentence]),
    },
    {
      title: 'Gives',
      text: `assignment ${assignment}, address requests ${addressRequests}, priority ${priority}`,
    },
    { title: 'Usable', text: report.usable.join(' ') || 'nothing' },
    { title: 'Namespaces', text: namespacesText(report) },
    { title: 'Services', text: report.serviceSelector || 'all' },
    { title: 'Quotas', rows: quotaLines(report) },
    { title: 'Reservations', rows: reservationLines(report) },
    {
      title: 'Nodes',
      ok: places.length > 0,
      text: places.length === 0 ? 'none can carry its addresses' : '',
      rows: places.map(({ node, interface: on, address, segment }) => [
        node,
        `${address} on ${on}`,
        `segment ${segment}`,
      ]),
    },
  ];
}

/** Names of namespaces beyond this many say nothing. */
const namespacesNamedMax = 10;

function namespacesText({ namespaceSelector, namespaces }: PoolReport): string {
  if (namespaceSelector === '') return 'all';
  const named = namespaces.slice(0, namespacesNamedMax).join(', ') || 'none';
  const rest = namespaces.length - namespacesNamedMax;
  return `${namespaceSelector}: ${named}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function quotaLines({ quotas }: PoolReport): Line[] {
  return quotas.map(({ namespace, limit, IPv4, IPv6 }) => {
    const isFull = IPv4 >= limit || IPv6 >= limit;
    const text = `${IPv4} IPv4, ${IPv6} IPv6 of ${limit} each`;
    return [namespace, isFull ? toned('warn', text) : text];
  });
}

function reservationLines({ reservations }: PoolReport): Line[] {
  return reservations.map(({ addresses, namespace, service, occupied }) => [
    addresses.join(' '),
    namespace === null
      ? 'for nobody'
      : `for ${service === null ? namespace : `${namespace}/${service}`}`,
    occupied.length === 0 ? '' : toned('warn', `held by others: ${occupied.join(', ')}`),
  ]);
}
