import type { Load } from './load.ts';

/**
 * How a client reaches the servers: through Fairlead's VIP; through the HAProxy by hand, beside
 * Fairlead's on the same node or on a node of its own where nothing of Fairlead is; through
 * destination NAT; or not through anything.
 */
export type Way = 'Fairlead' | Other;
export type Other = 'HAProxy by hand' | 'HAProxy by hand, alone' | 'nftables DNAT' | 'direct';

/** Where each of them is, in the rig (stage.ts). */
export const addresses: Readonly<Record<Way, string>> = {
  Fairlead: '10.99.0.50',
  'HAProxy by hand': '10.99.0.11',
  'HAProxy by hand, alone': '10.99.0.12',
  'nftables DNAT': '10.99.0.14',
  direct: '10.99.0.13',
};

/** What is asked of every way. */
export type Workload = {
  readonly name: string;
  readonly load: Load;
  /** The VIP has it 8,000 below: HAProxy by hand must find the same number free on its node. */
  readonly port: number;
  readonly others: readonly Other[];
  /** TLS handshakes that take up an earlier session, in per cent; absent: no TLS. */
  readonly resumedPercent?: 0 | 100;
};

export const vipPortBelow = 8_000;

const proxies: readonly Other[] = ['HAProxy by hand', 'HAProxy by hand, alone'];
const all: readonly Other[] = [...proxies, 'nftables DNAT', 'direct'];

/** 8080 and 8081 pass bytes on, 8082 and 8083 read requests, 8443 ends TLS and reads requests. */
export const workloads: readonly Workload[] = [
  { name: 'small, keep-alive', load: wrk(64), port: 8080, others: all },
  { name: '1 MB, keep-alive', load: wrk(16), port: 8081, others: all },
  { name: 'connection per request', load: wrk(16, 'close'), port: 8080, others: all },
  { name: 'HTTP mode, small, keep-alive', load: wrk(64), port: 8082, others: all },
  { name: 'HTTP mode, 1 MB, keep-alive', load: wrk(16), port: 8083, others: all },
  {
    ...{ name: 'TLS, full handshake per request', port: 8443, others: all, resumedPercent: 0 },
    load: { tool: 'ab', scheme: 'https', connections: 16 },
  },
  {
    ...{ name: 'TLS, resumed per request', port: 8443, others: all, resumedPercent: 100 },
    load: { ...wrk(16, 'close'), scheme: 'https' },
  },
  {
    ...{ name: 'UDP, request and answer', port: 8053, others: ['nftables DNAT', 'direct'] },
    load: { tool: 'udp', connections: 16 },
  },
];

function wrk(connections: number, close?: 'close'): Load & { readonly tool: 'wrk' } {
  return { tool: 'wrk', scheme: 'http', connections, isClosed: close === 'close' };
}
