import type { DesiredHaproxy, Frontend, Peer, Peers, Server } from '../desired/desired-node.ts';
import { Remembered } from '../lib/remembered.ts';
import {
  affinityClientsMax,
  oldWorkerReloadsMax,
  oldWorkerSecondsMax,
  pipesMax,
} from '../tables/limits.ts';
import { idleSecondsUsual } from '../tables/settings/client-settings.ts';
import { textDigest } from './digest.ts';
import { access, clientKey, limitTables } from './haproxy-access.ts';
import { backendsOf, choice, refusal } from './haproxy-backup.ts';
import { bind } from './haproxy-bind.ts';
import { openOf } from './haproxy-fail-open.ts';
import { httpBackend, httpFrontend } from './haproxy-http.ts';
import { accessLog } from './haproxy-log.ts';
import { usualPatience } from './haproxy-patience.ts';
import { isWritten } from './haproxy-roles.ts';
import {
  backendSettings,
  openBackendSettings,
  ownOptions,
  serverOptions,
} from './haproxy-settings.ts';
import { hostPort } from './host-port.ts';
import type { PoolPaths } from './pool-paths.ts';
import { LineWriter } from './writer.ts';

/**
 * A finished haproxy.cfg with the name of its structure: everything but the servers, which change
 * without a reload.
 */
export type HaproxyConfiguration = { readonly text: string; readonly structure: string };

/**
 * The whole haproxy.cfg of a pool on a node; accepted by HAProxy 3.0.11 (dataplane.md section 6).
 */
export function renderHaproxy(desired: DesiredHaproxy, paths: PoolPaths): HaproxyConfiguration {
  const structure = haproxyStructure(desired, paths);
  return { text: written(desired, { paths, structure, servers: true }), structure };
}

/** The name of the structure alone: equal names need no reload. */
export function haproxyStructure(desired: DesiredHaproxy, paths: PoolPaths): string {
  return textDigest(written(desired, { paths, structure: 'none', servers: false }));
}

type BackendParts = {
  readonly servers: boolean;
  readonly isShared: boolean;
  readonly paths: PoolPaths;
};
type Parts = { readonly paths: PoolPaths; readonly structure: string; readonly servers: boolean };

function written(desired: DesiredHaproxy, { paths, structure, servers }: Parts): string {
  const w = new LineWriter();
  w.comment('Written by the Fairlead agent of this node; changes by hand are overwritten.');
  global(w, desired, { paths, structure });
  if (desired.peers !== undefined) peers(w, desired.peers);
  defaults(w, paths);
  w.comment(
    'Binds are transparent: every node binds a VIP in advance, also while another holds it.',
  );
  w.comment('nbsrv 0: nobody can answer; a reset at once is better than an empty success.');
  const isShared = desired.peers !== undefined;
  const sections = desired.frontends.map((frontend) => {
    const { whole, bare } = sectionsOf(frontend, { paths, isShared });
    return servers ? whole : bare;
  });
  return [w.text(), ...sections].join('');
}

/** A frontend's sections with its servers and without. */
type Sections = { readonly whole: string; readonly bare: string };

const sectionsMade = new Remembered<Frontend, Sections>();

function sectionsOf(frontend: Frontend, of: Omit<BackendParts, 'servers'>): Sections {
  const text = (servers: boolean) => {
    const w = new LineWriter();
    frontendAndBackend(w, frontend, { ...of, servers });
    return w.text();
  };
  return sectionsMade.of(frontend, [of.paths, of.isShared], () => {
    return { whole: text(true), bare: text(false) };
  });
}

function global(
  w: LineWriter,
  desired: DesiredHaproxy,
  { paths, structure }: Omit<Parts, 'servers'>,
): void {
  w.section(['global'], () => {
    w.comment('The name of this structure: the agent reads from "show info" what really runs.');
    w.line('description', structure);
    w.line('maxconn', desired.maxConnections);
    if (desired.peers !== undefined) w.line('localpeer', desired.peers.local);
    w.comment('An old worker lives until its last connection ends, but not for ever.');
    w.line('hard-stop-after', `${oldWorkerSecondsMax / 60}m`);
    w.line('close-spread-time', '30s');
    w.line('mworker-max-reloads', oldWorkerReloadsMax);
    w.comment('Pipes for splicing; a transfer that finds none is copied.');
    w.line('maxpipes', pipesMax);
    w.line('tune.pipesize', pipeBytes);
    w.comment(
      'All binds would share it: who may come to one would come to each. Tickets are its own.',
    );
    w.line('tune.ssl.cachesize', 0);
    w.comment(
      'Who asks it is served before clients: a busy HAProxy must not look like a hung one.',
    );
    const socket = ['mode', '600', 'level', 'admin', 'nice', '-1024'];
    w.line('stats', 'socket', paths.haproxySocket, ...socket);
    w.comment('The agent holds one connection and reads its end as the end of HAProxy.');
    w.line('stats', 'timeout', '1d');
    w.comment('Saved before every reload: without it every server starts UP, drained ones too.');
    w.line('server-state-file', paths.serverState);
    w.line('log', 'stdout', 'format', 'raw', 'daemon', 'notice');
  });
}

/** What a pipe may hold; with 64 KiB 1 MB an answer costs a fifth more CPU (bench/traffic). */
const pipeBytes = 262_144;

/** Beside a slow client's round trips HAProxy may have many handshakes to compute. */
const handshakeTimeout = '10s';

/** The name of the section in which this pool's HAProxies know each other. */
const peersSection = 'pool';

function peers(w: LineWriter, { members }: Peers): void {
  w.comment('Every node knows which server a client has, so it keeps it when the VIP moves.');
  w.section(['peers', peersSection], () => {
    for (const peer of members) w.line(...peerWords(peer));
  });
}

/** Whether a HAProxy with this file listens for its peers as this member. */
export function hasPeer(text: string, peer: Peer): boolean {
  return text.split('\n').includes(`  ${peerWords(peer).join(' ')}`);
}

function peerWords({ node, family, address, port }: Peer): string[] {
  return ['peer', node, hostPort(family, address, port)];
}

function defaults(w: LineWriter, paths: PoolPaths): void {
  w.section(['defaults'], () => {
    w.line('mode', 'tcp');
    w.comment('What is large goes from socket to socket inside the kernel, in both directions.');
    w.line('option', 'splice-auto');
    w.line('load-server-state-from-file', 'global');
    w.comment('A pod that refuses or is silent costs the client a retry elsewhere, not an error.');
    usualPatience(w);
    w.line('option', 'redispatch', 1);
    w.line('timeout', 'check', '500ms');
    w.line('timeout', 'client', `${idleSecondsUsual}s`);
    w.comment(
      'Until TLS is agreed and the PROXY header read: who is silent there rests on nothing.',
    );
    w.line('timeout', 'client-hs', handshakeTimeout);
    w.line('timeout', 'server', `${idleSecondsUsual}s`);
    keepalive(w);
    w.line('timeout', 'client-fin', '30s');
    w.line('timeout', 'server-fin', '30s');
    w.comment('Whoever is spare serves when nobody else can, all of them alike.');
    w.line('option', 'allbackups');
    w.line('default-server', ...serverOptions({}, paths));
  });
}

/** A peer that answers no probe for two minutes is gone; one that rests is not. */
function keepalive(w: LineWriter): void {
  w.comment('Who is gone without a word is found within two minutes, so that others may rest.');
  for (const side of ['clitcpka', 'srvtcpka']) {
    w.line('option', side);
    w.line(`${side}-idle`, '60s');
    w.line(`${side}-intvl`, '20s');
    w.line(`${side}-cnt`, 3);
  }
}

function frontendAndBackend(w: LineWriter, frontend: Frontend, of: BackendParts): void {
  const { name, http, settings } = frontend;
  w.section(['frontend', name], () => {
    if (http !== undefined) w.line('mode', 'http');
    bind(w, frontend, of.paths);
    const idle = settings?.['idle-timeout-seconds'];
    if (idle !== undefined) w.line('timeout', 'client', `${idle}s`);
    refusal(w, frontend);
    access(w, frontend);
    httpFrontend(w, frontend);
    accessLog(w, frontend);
    choice(w, frontend);
  });
  limitTables(w, frontend);
  for (const each of backendsOf(frontend)) backend(w, each, of);
  for (const each of openOf(frontend)) lastResort(w, { own: frontend, open: each }, of);
}

function backend(w: LineWriter, frontend: Frontend, of: BackendParts): void {
  w.section(['backend', frontend.name], () => {
    // Servers that go and come; a frontend would build lines that nobody is to read.
    w.line('log', 'global');
    httpBackend(w, frontend);
    backendSettings(w, frontend, of.paths);
    stickLines(w, frontend, of.isShared);
    if (of.servers) serverLines(w, frontend);
  });
}

function lastResort(
  w: LineWriter,
  { own, open }: { readonly own: Frontend; readonly open: Frontend },
  of: BackendParts,
): void {
  w.section(['backend', open.name], () => {
    w.line('log', 'global');
    httpBackend(w, open);
    openBackendSettings(w, open, of.paths);
    if (open.affinitySeconds !== undefined) w.line('stick', 'on', 'src', 'table', own.name);
    if (of.servers) serverLines(w, open);
  });
}

/** R51: a client address keeps its server; an entry names the server, which is alike everywhere. */
function stickLines(w: LineWriter, frontend: Frontend, isShared: boolean): void {
  const { affinitySeconds } = frontend;
  if (affinitySeconds === undefined) return;
  const table = [
    'type',
    clientKey(frontend),
    'size',
    affinityClientsMax,
    'expire',
    `${affinitySeconds}s`,
  ];
  w.line('stick-table', ...table, ...(isShared ? ['peers', peersSection] : []));
  w.line('stick', 'on', 'src');
}

function serverLines(w: LineWriter, frontend: Frontend): void {
  for (const server of frontend.servers.filter(isWritten)) serverLine(w, frontend, server);
}

// A drained server stands here like any other: draining is a state, kept in the state file and
// restored by the agent.
function serverLine(w: LineWriter, frontend: Frontend, server: Server): void {
  const where = hostPort(frontend.family, server.address, server.port);
  w.line('server', server.name, where, ...ownOptions(frontend, server));
}
