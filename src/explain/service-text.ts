import { conditionLines } from './condition-text.ts';
import { duration } from './duration.ts';
import { type FrontendRow, isServing, standsIn } from './frontend-rows.ts';
import { instanceSection } from './instance-text.ts';
import { type Cell, type Line, type Tone, toned } from './page.ts';
import type { PoolVerdict } from './pool-verdicts.ts';
import { sectionLines, unreadLines, verdictLines } from './section.ts';
import type { PublishedRow, RequestRow, ServiceReport } from './service-report.ts';
import type { Verdict } from './service-verdict.ts';
import type { VipRow } from './vip-rows.ts';

/** The path of a Service for a person: what it comes to, then step by step. */
export function serviceLines(report: ServiceReport): Line[] {
  const { service, verdict, ours, published, conditions, unread } = report;
  const [tone, state] = verdictWords[verdict.state];
  return [
    ...verdictLines({ ...verdict, about: service, state, tone }),
    ...sectionLines({ title: 'Service', text: serviceText(report), ok: ours }),
    ...(ours ? pathLines(report) : []),
    ...sectionLines({
      title: 'Published',
      ok: publishedMark(report),
      rows: publishedRows(published),
    }),
    ...sectionLines({ title: 'Conditions', rows: conditionLines(conditions) }),
    ...unreadLines(unread),
  ];
}

function pathLines(report: ServiceReport): Line[] {
  const { prepared, finalizers, request, pools, vips, instances, complaints } = report;
  const sections = [
    { title: 'Finalizers', text: finalizers.join(', ') || 'none', ok: prepared },
    {
      title: 'Request',
      text: requestText(request),
      ok: request.problems.length > 0 ? false : undefined,
      rows: request.problems.map(({ code, sentence }) => [toned('bad', code), sentence]),
    },
    {
      title: 'Pools',
      ok: pools.length === 0 ? undefined : poolsMark(pools),
      rows: pools.map(poolRow),
    },
    {
      title: 'Addresses',
      text: vips.length === 0 ? 'none' : '',
      ok: vips.length > 0,
      rows: vips.map(vipLine),
    },
    ...instances.map(instanceSection),
    {
      title: 'Frontends',
      text: frontendsText(report),
      ok: frontendsMark(report),
      rows: frontendRows(report),
    },
    {
      title: 'Nodes',
      ok: complaints.length > 0 ? false : undefined,
      rows: complaints.map(({ code, sentence }) => [toned('bad', code), sentence]),
    },
  ];
  return sections.flatMap(sectionLines);
}

const verdictWords: Readonly<Record<Verdict['state'], readonly [Tone, string]>> = {
  answers: ['good', 'is served'],
  partly: ['warn', 'is served, but'],
  waits: ['bad', 'waits for an address'],
  unserved: ['bad', 'has an address that does not answer'],
  preparing: ['warn', 'is new'],
  leaving: ['warn', 'is leaving'],
  'not-ours': ['warn', "is not Fairlead's"],
};

function serviceText({ type, class: named, ports, families, familyPolicy }: ServiceReport): string {
  const which = named === null ? 'no class' : `class ${named}`;
  return [type, which, `${familyPolicy} ${families.join(' and ')}`, ports.join(' ')].join(', ');
}

function requestText(request: RequestRow): string {
  const { pool, addresses, sharingKey, retainSeconds, reassign } = request;
  const parts = [
    ...(pool === null ? [] : [`VipPool ${pool}`]),
    ...(addresses.length === 0 ? [] : [`addresses ${addresses.join(', ')}`]),
    ...(sharingKey === null ? [] : [`sharing key ${sharingKey}`]),
    ...(retainSeconds === 0 ? [] : [`kept ${retainSeconds} s after deletion`]),
    ...(reassign.length === 0 ? [] : [`leave ${reassign.join(', ')}`]),
  ];
  return parts.join(', ') || 'nothing in particular';
}

function poolsMark(pools: readonly PoolVerdict[]): boolean {
  return pools.some(({ verdict }) => verdict === 'holds' || verdict === 'could');
}

const poolTones: Readonly<Record<PoolVerdict['verdict'], Tone>> = {
  holds: 'good',
  could: 'good',
  refuses: 'bad',
  passed: 'dim',
};

function poolRow({ pool, verdict, addresses, code, sentence }: PoolVerdict): Line {
  const tone = poolTones[verdict];
  const what = addresses.join(' ') || code;
  if (what === null) return [pool, toned(tone, verdict), sentence];
  return [pool, toned(tone, verdict), code === null ? what : toned(tone, what), sentence];
}

function vipLine(row: VipRow): Line {
  const { address, phase, pool, instance, node, since, leaving } = row;
  const others = row.services.length > 1 ? `shared by ${row.services.join(', ')}` : '';
  const gone = leaving.length > 0 ? `being withdrawn from ${leaving.join(', ')}` : '';
  return [
    address,
    phase === 'Held' ? phase : toned('warn', phase),
    `pool ${pool}`,
    `instance ${instance}`,
    programmedCell(row),
    node === null ? 'on no node' : `on ${node}`,
    [`since ${since}`, others, gone].filter((text) => text !== '').join(', '),
  ];
}

function programmedCell({ programmed }: VipRow): Cell {
  if (programmed === null) return '-';
  return programmed ? toned('good', 'programmed') : toned('bad', 'not programmed');
}

function frontendsText({ frontends, vips }: ServiceReport): string {
  if (frontends.length > 0) return '';
  return vips.length === 0 ? 'none without an address' : 'none';
}

function frontendsMark({ frontends, vips }: ServiceReport): boolean | undefined {
  if (vips.length === 0) return undefined;
  return frontends.length > 0 && frontends.every((row) => isServing(row) || standsIn(row));
}

function frontendRows({ frontends, dropped }: ServiceReport): Line[] {
  return [
    ...frontends.map(
      (row): Line => [
        `${hostPort(row.address, row.port)}${row.protocol === 'TCP' ? '' : `/${row.protocol}`}`,
        row.node === null ? 'on no node' : `on ${row.node}`,
        serversCell(row),
        ...otherCells(row),
        ...readingCells(row),
        ...(row.sources === null ? [] : [sourcesCell(row.sources)]),
        ...(row.affinitySeconds === null ? [] : [affinityCell(row.affinitySeconds)]),
        ...(row.failsOpen ? ['all are tried when none is well'] : []),
      ],
    ),
    ...dropped.map(
      ({ address, slice, why }): Line => [
        address,
        toned('warn', 'not dialled'),
        `${why} (EndpointSlice ${slice})`,
      ],
    ),
  ];
}

function serversCell(row: FrontendRow): Cell {
  const { servers } = row;
  const listed = servers.map(serverText).join(' ');
  if (servers.some(({ state }) => state !== 'unready')) return `→ ${listed}`;
  return toned('bad', [noServerText(row), ...(listed === '' ? [] : [`→ ${listed}`])].join(' '));
}

function noServerText(row: FrontendRow): string {
  return standsIn(row) ? 'no endpoint of its own' : 'no endpoint: new connections are refused';
}

/** Of the Services it names: what they get, or why not. */
function otherCells({ canary, backup }: FrontendRow): Cell[] {
  const cells: Cell[] = [];
  if (canary !== null) {
    const { service, percent, problem } = canary;
    const part = `${percent} % to Service ${service}`;
    cells.push(
      problem === null ? part : toned('warn', `nothing to Service ${service}: ${problem}`),
    );
  }
  if (backup !== null) {
    const { service, problem, servers } = backup;
    const where = servers.map(serverText).join(' ');
    const good = `else Service ${service}${where === '' ? '' : ` → ${where}`}`;
    const bad = `Service ${service} cannot stand in: ${problem}`;
    cells.push(problem === null ? good : toned('warn', bad));
  }
  return cells;
}

/** Nothing of a port whose bytes pass as they come. */
function readingCells({ mode, tls }: FrontendRow): Cell[] {
  const ended = tls === null ? [] : [`TLS by ${tls.join(', ')}`];
  const words = [...(mode === null ? [] : [mode]), ...ended];
  return words.length === 0 ? [] : [words.join(', ')];
}

/** A line of a terminal holds no thousand networks. */
const sourcesShown = 3;

function sourcesCell(sources: readonly string[]): Cell {
  if (sources.length === 0)
    return toned('warn', 'for nobody: all source ranges are of the other family');
  const rest = sources.length - sourcesShown;
  const more = rest > 0 ? ` and ${rest} more` : '';
  return `only for ${sources.slice(0, sourcesShown).join(', ')}${more}`;
}

/** R51: counted from a client's last connection. */
function affinityCell(seconds: number): Cell {
  return `a client keeps its server for ${duration(seconds * 1000)}`;
}

/** Why a server gets no new connection. */
const outOf: Readonly<Record<string, string>> = { drain: ' (draining)', unready: ' (not ready)' };

function serverText(server: ServiceReport['frontends'][number]['servers'][number]): string {
  const canary = server.canary === true ? ' (canary)' : '';
  const spare = server.spare === true ? ' (spare)' : canary;
  return `${hostPort(server.address, server.port)}${outOf[server.state] ?? spare}`;
}

function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function publishedMark({ published, vips, ours }: ServiceReport): boolean | undefined {
  if (!ours || vips.length === 0) return undefined;
  return published.length > 0 && published.every(({ ipMode }) => ipMode === 'Proxy');
}

function publishedRows(published: readonly PublishedRow[]): Line[] {
  if (published.length === 0) return [['nothing in status.loadBalancer']];
  return published.map(({ address, ipMode, errors }) => [
    address,
    ipMode === 'Proxy' ? 'ipMode Proxy' : toned('bad', `ipMode ${ipMode ?? 'missing'}`),
    errors.length === 0 ? 'every port' : toned('warn', errors.join(', ')),
  ]);
}
