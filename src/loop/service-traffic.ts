import { HaproxySilent, HaproxySocket } from '../apply/haproxy-socket.ts';
import { by } from '../lib/order.ts';
import { parseProcess, parseTraffic } from '../plan/traffic.ts';
import { poolPaths } from '../render/pool-paths.ts';
import { processText, trafficText } from './traffic-text.ts';

/** Frontends and backends, no servers: a tenth of the text (dataplane.md section 6). */
const question = 'show stat -1 3 -1';

/**
 * What every Service's ports saw on this node, in Prometheus' text format, asked of HAProxy now. A
 * pool whose HAProxy does not answer is left out.
 */
export async function serviceTraffic(pools: readonly string[]): Promise<string> {
  const asked = await Promise.all(pools.toSorted(by((pool) => pool)).map(trafficOf));
  const all = asked.filter((each) => each !== undefined);
  return (
    processText(new Map(all.map(({ pool, process }) => [pool, process]))) +
    trafficText(new Map(all.map(({ pool, ports }) => [pool, ports])))
  );
}

async function trafficOf(pool: string) {
  try {
    const socket = new HaproxySocket(poolPaths(pool).haproxySocket);
    const [info, stat] = await Promise.all([socket.ask('show info'), socket.ask(question)]);
    return { pool, process: parseProcess(info), ports: parseTraffic(stat) };
  } catch (error) {
    if (error instanceof HaproxySilent) return undefined;
    throw error;
  }
}
