import { isSame } from '../lib/same.ts';
import { isSpareWeight } from '../tables/spare-weights.ts';
import { statRows } from './stat-rows.ts';

/** What a pool's HAProxy says of itself. `undefined` as a whole: it does not answer. */
export type ObservedHaproxy = {
  /** The name of the structure it runs (`description`); empty when it is not ours. */
  readonly structure: string;
  readonly frontends: readonly ObservedFrontend[];
  /** By the backend's name; one without servers may be absent. */
  readonly backends: ReadonlyMap<string, RunningServers>;
};

/** Servers of one backend by their names. */
export type RunningServers = ReadonlyMap<string, ObservedServer>;

/** For a backend that has none, or does not run. */
export const noServers: RunningServers = new Map();

export type ObservedFrontend = { readonly name: string; readonly enabled: boolean };

export type ObservedServer = {
  readonly backend: string;
  /** HAProxy's own number of the backend: frontends have the same names. */
  readonly backendId: number;
  readonly name: string;
  readonly state: 'ready' | 'drain' | 'maint';
  /** Traffic can go there: ready and up. */
  readonly usable: boolean;
  /** Whether its health check has come to a result, since it was last to be checked anew. */
  readonly checked: boolean;
  /** Its share among those that serve, as it is now. */
  readonly weight: number;
  /** It was made to serve only when the others cannot; no command changes that. */
  readonly isSpare: boolean;
  /** Its pod is asked for its state, which is the pod's own then. */
  readonly agent: boolean;
};

/**
 * Server admin bits, `show servers state` (HAProxy management guide 9.3): any of the maint, any of
 * the drain ones.
 */
const maintenance = 0x01 | 0x02 | 0x04 | 0x20;
const draining = 0x08 | 0x10;
/** Below running: in its slow start, so it has clients already. */
const starting = 1;
const unknownResult = 0;
const passedResult = 3;
/** A check that goes on (management guide 9.3, srv_agent_state). */
const enabledCheck = 4;

/** Fields of a line that are read; what follows them is not. */
const serverFieldsMin = 19;

/**
 * Reads `show servers state`. Lines that are not servers are passed over. A server that is as it
 * was in `before` is the same object. Of a node's work at a change this grows the most with the
 * number of servers, so no line is taken apart twice.
 */
export function parseServersState(
  text: string,
  before: ReadonlyMap<string, RunningServers> = new Map(),
): ObservedServer[] {
  const servers: ObservedServer[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ', serverFieldsMin);
    const backendId = Number(fields[0]);
    if (fields.length < serverFieldsMin || !(backendId > 0)) continue;
    const server = observedServer(backendId, fields);
    const known = before.get(server.backend)?.get(server.name);
    if (known !== undefined && isSame(known, server)) servers.push(known);
    else servers.push(withOwnTexts(server, servers.at(-1)));
  }
  return servers;
}

/** A text that is cut from another keeps all of that in memory: here, a mebibyte. */
function withOwnTexts(server: ObservedServer, previous?: ObservedServer): ObservedServer {
  const isSameBackend = previous?.backend === server.backend;
  const backend = isSameBackend ? previous.backend : ownText(server.backend);
  return { ...server, backend, name: ownText(server.name) };
}

function ownText(text: string): string {
  return [...text].join('');
}

function observedServer(backendId: number, fields: readonly string[]): ObservedServer {
  const admin = Number(fields[6]);
  const state =
    (admin & maintenance) !== 0 ? 'maint' : (admin & draining) !== 0 ? 'drain' : 'ready';
  return {
    backend: fields[1] ?? '',
    backendId,
    name: fields[3] ?? '',
    state,
    usable: state === 'ready' && Number(fields[5]) >= starting,
    checked: isChecked(state, { result: Number(fields[11]), health: Number(fields[12]) }),
    weight: Number(fields[7]),
    isSpare: isSpareWeight(Number(fields[8])),
    agent: (Number(fields[14]) & enabledCheck) !== 0,
  };
}

/** In drain, one that passed and is ill nevertheless was told so (`set server … health down`). */
function isChecked(
  state: ObservedServer['state'],
  { result, health }: { readonly result: number; readonly health: number },
): boolean {
  if (state === 'drain' && result === passedResult && health === 0) return false;
  return result !== unknownResult;
}

/** Servers as they are looked up; backends and servers keep their order. */
export function byBackend(servers: readonly ObservedServer[]): ReadonlyMap<string, RunningServers> {
  const backends = new Map<string, Map<string, ObservedServer>>();
  for (const server of servers) {
    const own = backends.get(server.backend) ?? new Map<string, ObservedServer>();
    if (own.size === 0) backends.set(server.backend, own);
    own.set(server.name, server);
  }
  return backends;
}

/** Reads `show stat -1 1 -1`: the frontends and whether they take connections. */
export function parseFrontends(text: string): ObservedFrontend[] {
  return statRows(text)
    .filter(({ kind }) => kind === 'FRONTEND')
    .map(({ section, at }) => ({ name: section, enabled: at('status') === 'OPEN' }));
}

/**
 * Reads `show stat ID 4 -1`: of each server what its last check came to, in HAProxy's words:
 * `L4CON: Connection refused`, `L7STS 503: Service Unavailable`.
 */
export function parseChecks(text: string): ReadonlyMap<string, string> {
  return new Map(
    statRows(text).map(({ kind: server, at }) => {
      const result = (status: string, code: string, words: string) => {
        const came = [at(status).replace(/^\* /, ''), at(code)];
        return joined([joined(came, ' '), at(words)], ': ');
      };
      const check = result('check_status', 'check_code', 'last_chk');
      const agent = result('agent_status', 'agent_code', 'last_agt');
      return [server, isWell(agent) ? check : `its own agent, ${agent}`];
    }),
  );
}

/** Nobody is asked, or nothing was said that takes a server out. */
function isWell(agent: string): boolean {
  return !agent.startsWith('L7STS');
}

function joined(words: readonly string[], between: string): string {
  return words.filter((word) => word !== '').join(between);
}

/** Reads from `show info` which process says it; 0 where it does not say. */
export function parsePid(text: string): number {
  return Number(/^Pid: (\d+)$/m.exec(text)?.[1] ?? 0);
}

/**
 * Why a server is down whose last check came to this. One that passes says nothing of it: the
 * server is not back yet.
 */
export function whyDown(check: string): string {
  if (!/^L\dOK\b/.test(check)) return check;
  const taken = 'what clients got (passive-check) or earlier checks took it out';
  return `${taken}; it is back after health-check-rise checks that pass, as the last one: ${check}`;
}

/** Reads the name of the running structure from `show info`. */
export function parseStructure(text: string): string {
  return /^description: ([0-9a-f]+)$/m.exec(text)?.[1] ?? '';
}
