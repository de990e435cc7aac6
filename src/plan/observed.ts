import { isSpareWeight } from '../render/haproxy-roles.ts';

/** What a pool's HAProxy says of itself. `undefined` as a whole: it does not answer. */
export type ObservedHaproxy = {
  /** The name of the structure it runs (`description`); empty when it is not ours. */
  readonly structure: string;
  readonly frontends: readonly ObservedFrontend[];
  readonly servers: readonly ObservedServer[];
};

export type ObservedFrontend = { readonly name: string; readonly enabled: boolean };

export type ObservedServer = {
  readonly backend: string;
  /** HAProxy's own number of the backend: frontends have the same names. */
  readonly backendId: number;
  readonly name: string;
  readonly state: 'ready' | 'drain' | 'maint';
  /** Traffic can go there: ready and up. */
  readonly usable: boolean;
  /** Whether its health check has come to a result. */
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
/** A check that goes on (management guide 9.3, srv_agent_state). */
const enabledCheck = 4;

/** Reads `show servers state`. Lines that are not servers are passed over. */
export function parseServersState(text: string): ObservedServer[] {
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => /^[0-9]+$/.test(fields[0] ?? '') && fields.length >= 19)
    .map(observedServer);
}

function observedServer(fields: readonly string[]): ObservedServer {
  const [backendId, backend = '', , name = '', , operational, administrative] = fields;
  const admin = Number(administrative);
  const state =
    (admin & maintenance) !== 0 ? 'maint' : (admin & draining) !== 0 ? 'drain' : 'ready';
  const usable = state === 'ready' && Number(operational) >= starting;
  const checked = Number(fields[11]) !== unknownResult;
  const agent = (Number(fields[14]) & enabledCheck) !== 0;
  const [weight, isSpare] = [Number(fields[7]), isSpareWeight(Number(fields[8]))];
  const own = { agent, weight, isSpare };
  return { backend, backendId: Number(backendId), name, state, usable, checked, ...own };
}

/** Reads `show stat -1 1 -1`: the frontends and whether they take connections. */
export function parseFrontends(text: string): ObservedFrontend[] {
  const lines = text.split('\n');
  const status = (lines[0] ?? '').replace(/^# /, '').split(',').indexOf('status');
  return lines
    .slice(1)
    .map((line) => line.split(','))
    .filter((fields) => fields[1] === 'FRONTEND')
    .map((fields) => ({ name: fields[0] ?? '', enabled: fields[status] === 'OPEN' }));
}

/**
 * Reads `show stat ID 4 -1`: of each server what its last check came to, in HAProxy's words:
 * `L4CON: Connection refused`, `L7STS 503: Service Unavailable`.
 */
export function parseChecks(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n');
  const names = (lines[0] ?? '').replace(/^# /, '').split(',');
  const at = (fields: readonly string[], name: string) => fields[names.indexOf(name)] ?? '';
  const rows = lines.slice(1).map((line) => line.split(','));
  return new Map(
    rows.flatMap((fields): [string, string][] => {
      const server = fields[1] ?? '';
      if (server === '') return [];
      const result = (status: string, code: string, words: string) => {
        const came = [at(fields, status).replace(/^\* /, ''), at(fields, code)];
        const text = [joined(came, ' '), at(fields, words)];
        return joined(text, ': ');
      };
      const check = result('check_status', 'check_code', 'last_chk');
      const agent = result('agent_status', 'agent_code', 'last_agt');
      return [[server, isWell(agent) ? check : `its own agent, ${agent}`]];
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
