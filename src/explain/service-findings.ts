import { isOurs } from '../allocate/claims.ts';
import type { Condition, Service } from '../model/objects.ts';
import { parseTimestamp } from '../model/timestamp.ts';
import { isBad } from '../status/events.ts';
import { serviceConditions } from '../tables/names.ts';
import { reason } from '../tables/reasons.ts';
import { explainCommand, reassignCommand } from './commands.ts';
import { adviceOn, type Finding, severityOf, tell, tellCondition } from './finding.ts';
import { isLed } from './leader.ts';
import type { Picture } from './picture.ts';

/** What is to be said of one of our Services; nothing when all is well with it. */
export function serviceFindings(picture: Picture, service: Service): Finding[] {
  const object = `Service ${service.namespace}/${service.name}`;
  const isConcerned = isOurs(service, picture.snapshot.isDefaultClass) && !service.deleting;
  if (!isConcerned) return [];
  const told = ourConditions(service).filter((condition) => isBad(condition) || isKept(condition));
  if (told.length === 0 && ourConditions(service).length === 0) {
    const preparing = tell(reason('Preparing'));
    return [{ severity: 'note', object, ...preparing, ...adviceOn(preparing.code) }];
  }
  const findings = told.map((condition): Finding => {
    const severity = severityOf(condition.reason, ageMs(picture, condition));
    const isStranded = condition.reason === 'KeptOutsidePool';
    const command = isStranded ? reassignCommand(service) : explainCommand(service);
    const advice = adviceOn(condition.reason, command);
    return { severity, object, ...tellCondition(condition), ...advice };
  });
  // Two conditions may have one cause: it is told once.
  return findings.filter(
    ({ code }, index) => findings.findIndex((first) => first.code === code) === index,
  );
}

function ourConditions({ conditions }: Service): readonly Condition[] {
  const ours: readonly string[] = Object.values(serviceConditions);
  return conditions.filter(({ type }) => ours.includes(type));
}

/** It has its addresses, or all ports serve, and there is something its owner should know. */
function isKept({ type, status, reason: code }: Condition): boolean {
  if (status !== 'True') return false;
  if (type === serviceConditions.portsServed) return code !== 'PortsServed';
  return type === serviceConditions.allocated && code !== 'Allocated';
}

/** What does not come by itself is as old as it can be. */
function ageMs({ snapshot, lease }: Picture, condition: Condition): number {
  const { nowMs } = snapshot;
  const isUnled = lease !== undefined && !isLed(lease, nowMs);
  // Only what was published before can lose its holder: that is no beginning.
  if (isUnled || condition.reason === 'NoHolder') return Infinity;
  return nowMs - (parseTimestamp(condition.lastTransitionTime) ?? nowMs);
}
