import type { VipVerdict } from '../plan/vip-test.ts';
import { bypassedNamedMax } from '../tables/limits.ts';
import { reason } from '../tables/reasons.ts';
import { type Judgement, judge } from './conditions.ts';

const type = 'VipsReached';

/** Whether what this node sends to VIPs comes to their holders; nothing where nothing is tried. */
export function judgeVips(
  node: string,
  reports: readonly { readonly vipTest?: VipVerdict }[],
): Judgement[] {
  const verdicts = reports.flatMap(({ vipTest }) => (vipTest === undefined ? [] : [vipTest]));
  if (verdicts.length === 0) return [];
  const count = verdicts.reduce((sum, { bypassedCount }) => sum + bypassedCount, 0);
  if (count > 0) {
    const named = verdicts.flatMap(({ bypassed }) => bypassed).slice(0, bypassedNamedMax);
    const targets = named.join(', ');
    return [judge(type, 'False', reason('VipBypassed', { node, count, targets }))];
  }
  const isReached = verdicts.some(({ state }) => state === 'Reached');
  return [
    isReached
      ? judge(type, 'True', reason('VipsReached'))
      : judge(type, 'Unknown', reason('VipsUntested')),
  ];
}
