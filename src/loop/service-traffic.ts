import { HaproxySilent, HaproxySocket } from '../apply/haproxy-socket.ts';
import { by } from '../lib/order.ts';
import { type PortTraffic, parseTraffic } from '../plan/traffic.ts';
import { poolPaths } from '../render/pool-paths.ts';
import { trafficText } from './traffic-text.ts';

/** Frontends and backends, no servers: a tenth of the text (dataplane.md section 6). */
const question = 'show stat -1 3 -1';

/**
 * What every Service's ports saw on this node, in Prometheus' text format, asked of HAProxy now. A
 * pool whose HAProxy does not answer is left out.
 */
export async function serviceTraffic(pools: readonly string[]): Promise<string> {
  const all = await Promise.all(pools.toSorted(by((pool) => pool)).map(trafficOf));
  return trafficText(new Map(all));
}

async function trafficOf(pool: string): Promise<readonly [string, readonly PortTraffic[]]> {
  try {
    const socket = new HaproxySocket(poolPaths(pool).haproxySocket);
    return [pool, parseTraffic(await socket.ask(question))];
  } catch (error) {
    if (error instanceof HaproxySilent) return [pool, []];
    throw error;
  }
}
