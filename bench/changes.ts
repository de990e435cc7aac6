import { type StormSeen, storm } from '../test/dataplane/storm.ts';
import { markdownTable } from './markdown-table.ts';
import { withRig } from './rig/with-rig.ts';

export type ChangesSettings = {
  readonly isQuick: boolean;
  readonly json: boolean;
  /** This process's own (rig/own-folder.ts). */
  readonly folder: string;
};

const whole = { endpointChanges: 1_000, serviceChanges: 50 };
const quick = { endpointChanges: 40, serviceChanges: 5 };

/**
 * What clients notice while endpoints and a Service change under load, with the product's own
 * bounds on reloads.
 */
export async function changesBench({ isQuick, json, folder }: ChangesSettings): Promise<string> {
  const size = isQuick ? quick : whole;
  const seen = await withRig({ nodes: 1, folder }, async (rig) => {
    const node = rig.node('n1');
    rig.daemon(node, 'haproxy');
    rig.daemon(node, 'keepalived');
    const agent = await rig.agent(node, { changes: 'usual' });
    return await storm({ rig, node, agent }, size);
  });
  if (json) return `${JSON.stringify({ bench: 'changes', ...size, seen })}\n`;
  const { endpointChanges, serviceChanges } = size;
  const head = `\n${endpointChanges} changes of endpoints and ${serviceChanges} of a Service\n\n`;
  return `${head}${table(seen)}`;
}

function table({ tcp, http, long, reloads }: StormSeen): string {
  const count = (failures: Readonly<Record<string, number>>) =>
    Object.entries(failures)
      .map(([kind, times]) => `${times} ${kind}`)
      .join(', ') || '0';
  return markdownTable([
    ['what', 'how often', 'of them lost'],
    ['TCP, a connection per request', String(tcp.ok), count(tcp.failures)],
    ['HTTP, connections kept', String(http.ok), count(http.failures)],
    ['HTTP, resting connections closed', String(http.idleClosed), '-'],
    ['long connections to another Service', String(long.held), String(long.cut)],
    ['reloads', String(reloads), '-'],
  ]);
}
