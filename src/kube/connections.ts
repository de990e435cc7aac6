import type { Dispatcher } from 'undici';
import type { TlsMaterial } from './credentials.ts';
import { Agent } from './undici.ts';

/** One address that takes no SYN must not eat a whole request's time: the next one is tried. */
const connectTimeoutMs = 3_000;
/** Below the API server's own 90 s, so that we close idle connections first. */
const idleConnectionMs = 60_000;
/** Linux then probes every second, ten times: a peer that vanished is noticed after about 20 s. */
const tcpKeepAliveMs = 10_000;
/** Calls beyond this wait for a free connection; watches have a connection each. */
const connectionsForCalls = 4;
/** A page of 500 large objects is about 16 MB; eight times that is no list of ours. */
const responseBytesMax = 128 * 1024 * 1024;

/** Two sets of kept connections, so that open watches never take a call's place. */
export type Connections = {
  readonly calls: Dispatcher;
  readonly watches: Dispatcher;
};

/** HTTP/1.1: one watch, one connection, one failure; a lost stream concerns nobody else. */
export function openConnections(tls: TlsMaterial): Connections {
  const connect = {
    ...tls,
    timeout: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelay: tcpKeepAliveMs,
  };
  const common = { connect, allowH2: false, keepAliveTimeout: idleConnectionMs };
  return {
    calls: new Agent({
      ...common,
      connections: connectionsForCalls,
      maxResponseSize: responseBytesMax,
    }),
    watches: new Agent(common),
  };
}

/** Lets what runs end by itself (a CA that changed); the old connections take nothing new. */
export function retireConnections(connections: Connections): void {
  for (const agent of [connections.calls, connections.watches]) agent.close().catch(ignored);
}

/** Cuts everything now. */
export async function destroyConnections(connections: Connections): Promise<void> {
  await Promise.all([connections.calls.destroy(), connections.watches.destroy()]);
}

/** Closing something that is already closed. */
function ignored(): void {}
