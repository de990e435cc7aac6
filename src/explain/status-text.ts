import { plugin } from './commands.ts';
import type { Finding } from './finding.ts';
import { columns, type Line, toned } from './page.ts';
import {
  type Extent,
  instanceTable,
  nodeTable,
  poolTable,
  rowsShown,
  vipTable,
} from './row-tables.ts';
import { adviceLines } from './section.ts';
import type { StatusReport } from './status-report.ts';

const findingsShown = 20;

/** The status for a person: what is wrong first, and what to do about it. */
export function statusLines(report: StatusReport, extent: Extent): Line[] {
  const shown = extent === 'wide' ? Infinity : rowsShown;
  return [
    ...headline(report),
    ...findingLines(report.findings, extent === 'wide' ? Infinity : findingsShown),
    ...section(poolTable(report.pools, extent), shown),
    ...section(vipTable(report.vips, extent), shown),
    ...section(instanceTable(report.instances, extent), shown),
    ...section(nodeTable(report.nodes, extent), shown),
    ...controllerLines(report),
    ...report.unread.map((sentence) => [toned('warn', `not shown: ${sentence}`)]),
  ];
}

function headline({ findings, services, pools, nodes, healthy, namespace }: StatusReport): Line[] {
  const problems = findings.filter(({ severity }) => severity === 'problem').length;
  const where = namespace === null ? '' : ` in namespace ${namespace}`;
  const counts = [
    `${services.answering} of ${counted(services.total, 'Service')} answering${where}`,
    counted(services.waiting.length, 'Service').replace(/$/, ' waiting'),
    counted(pools.length, 'pool'),
    counted(nodes.length, 'node'),
  ].join(', ');
  const head = healthy ? toned('good', 'All is well') : toned('bad', counted(problems, 'problem'));
  return [[head, `: ${counts}`]];
}

/** `1 pool`, `2 pools`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Findings, each with its sentence and what to do. */
export function findingLines(findings: readonly Finding[], shown = Infinity): Line[] {
  const shownFindings = findings.slice(0, shown);
  const isNote = ({ severity }: Finding) => severity === 'note';
  const notes = shownFindings.filter(isNote).flatMap(findingLine);
  const lines = [
    ...shownFindings.filter((finding) => !isNote(finding)).flatMap(findingLine),
    ...(notes.length === 0 ? [] : [[], ...notes]),
  ];
  const rest = findings.length - shown;
  const more: Line[] = rest > 0 ? [[], [`  and ${rest} more: ${plugin} status -o wide`]] : [];
  return [...lines, ...more];
}

function findingLine({ severity, object, code, sentence, ...advice }: Finding): Line[] {
  // What harms nobody takes no more room than it needs; the sentence says enough.
  if (severity === 'note') {
    return [
      [toned('warn', '• '), toned('strong', object), '  ', toned('warn', code), `  ${sentence}`],
    ];
  }
  return [
    [],
    [toned('bad', '✖ '), toned('strong', object), '  ', toned('bad', code)],
    [`  ${sentence}`],
    ...adviceLines(advice),
  ];
}

function section(rows: readonly Line[], shown: number): Line[] {
  if (rows.length < 2) return [];
  const rest = rows.length - 1 - shown;
  const more: Line[] = rest > 0 ? [[`and ${rest} more: -o wide shows them`]] : [];
  return [[], ...columns(rows.slice(0, shown + 1)), ...more];
}

function controllerLines({ controller }: StatusReport): Line[] {
  if (controller?.leads !== true) return [];
  const ago = `renewed ${controller.renewedSecondsAgo}s ago`;
  return [[], [`Controller ${controller.holder ?? ''} leads, ${ago}`]];
}
