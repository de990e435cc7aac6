import { pictureOf } from '../explain/picture.ts';
import { statusReport } from '../explain/status-report.ts';
import { statusLines } from '../explain/status-text.ts';
import type { CliExit } from '../tables/cli-verbs.ts';
import { noOperands } from './arguments.ts';
import { CliError } from './cli-error.ts';
import { print } from './print.ts';
import { readCluster } from './read-cluster.ts';
import type { Run } from './run.ts';

/** `status`: 1 when there is a problem. */
export async function status({ given, shell, cluster }: Run): Promise<CliExit> {
  noOperands(given);
  const reading = await readCluster(cluster);
  const kinds = new Set(reading.unread.map(({ kind }) => kind));
  if (kinds.has('pools') && kinds.has('services') && reading.snapshot.services.length === 0) {
    throw new CliError(3, reading.unread.map(({ sentence }) => sentence).join('\n  '));
  }
  const isLimited = cluster.isNamespaceGiven || kinds.has('services');
  const namespace = isLimited && !given.isSet('all-namespaces') ? cluster.namespace : null;
  const report = statusReport(pictureOf(reading), namespace);
  print(shell, given.output, { report, lines: (extent) => statusLines(report, extent) });
  return report.healthy ? 0 : 1;
}
