import { conditionLines } from './condition-text.ts';
import { instanceSection } from './instance-text.ts';
import { columns, type Line } from './page.ts';
import { vipTable } from './row-tables.ts';
import { sectionLines, unreadLines, verdictLines } from './section.ts';
import type { VipReport } from './vip-report.ts';

/** One address for a person: whose it is, where it is, since when. */
export function vipLines(report: VipReport): Line[] {
  const { address, verdict, well, vip, pool, reservedFor, instance, conditions, unread } = report;
  const tone = well ? 'good' : 'bad';
  const state = vip === null ? 'has no Vip' : `is ${vip.phase}`;
  const inPool = pool === null ? 'in none' : pool;
  const reserved = reservedFor === null ? '' : `, reserved for ${reservedFor}`;
  return [
    ...verdictLines({ about: `VIP ${address}`, state, tone, ...verdict }),
    ...sectionLines({ title: 'Pool', text: `${inPool}${reserved}` }),
    ...(vip === null ? [] : columns(vipTable([vip], 'wide'), 4)),
    ...(instance === null || vip?.programmed === null
      ? []
      : sectionLines(instanceSection(instance))),
    ...sectionLines({ title: 'Conditions', rows: conditionLines(conditions) }),
    ...unreadLines(unread),
  ];
}
