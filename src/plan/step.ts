import type { Server } from '../desired/desired-node.ts';
import { never } from '../lib/assert.ts';
import type { Family } from '../net/address.ts';
import { hostPort } from '../render/host-port.ts';

/** A configuration file of a pool. */
export type ConfigurationFile = 'haproxy.cfg' | 'keepalived.conf';

/** A server of a backend. */
export type ServerName = { readonly backend: string; readonly server: string };

/** A pod may be asked for its state (agent-check); from then on the state is its own. */
type Asked = { readonly agent?: true };

/**
 * One thing to do to the data plane of a pool: a plain value, printed as an operator would type it.
 */
export type Step =
  /**
   * Writes the file beside its place, has the daemon check it, renames it into place; the old one
   * stays if it is refused.
   */
  | {
      readonly kind: 'write-file';
      readonly file: ConfigurationFile;
      readonly text: string;
      readonly check: boolean;
    }
  | {
      readonly kind: 'server-add';
      readonly backend: string;
      readonly family: Family;
      readonly server: Server;
      /** Everything about it: it inherits nothing. */
      readonly options: readonly string[];
      /** Left out: it is. */
      readonly isChecked?: false;
    }
  | ({ readonly kind: 'server-ready' } & ServerName & Asked)
  | ({ readonly kind: 'server-drain' } & ServerName & Asked)
  | ({ readonly kind: 'server-maint' } & ServerName & Asked)
  | ({ readonly kind: 'server-recheck' } & ServerName)
  | ({ readonly kind: 'server-weight'; readonly weight: number } & ServerName)
  | ({ readonly kind: 'server-remove' } & ServerName)
  | { readonly kind: 'frontend-enable'; readonly frontend: string }
  | { readonly kind: 'frontend-disable'; readonly frontend: string }
  | { readonly kind: 'save-server-state' }
  /** Has HAProxy take a key, then puts its file in place; the old one stays if it is refused. */
  | { readonly kind: 'install-key'; readonly file: string }
  | { readonly kind: 'haproxy-reload'; readonly reasons: readonly string[] }
  | { readonly kind: 'keepalived-reload'; readonly reasons: readonly string[] };

/** What became of a step. `detail` is the daemon's own words when it refused. */
export type Outcome = { readonly step: Step; readonly ok: boolean; readonly detail: string };

/** A step in the words of the daemon it is for; logs and `plan` print this. */
export function stepText(step: Step): string {
  switch (step.kind) {
    case 'write-file':
      return `write ${step.file}${step.check ? ' (checked)' : ''}`;
    case 'install-key':
      return `install ${step.file}`;
    case 'save-server-state':
      return 'show servers state > state';
    case 'haproxy-reload':
      return `reload haproxy: ${step.reasons.join(', ')}`;
    case 'keepalived-reload':
      return `reload keepalived: ${step.reasons.join(', ')}`;
    default:
      return commands(step).join('; ');
  }
}

/** A step that HAProxy's CLI can do without a reload. */
export type RuntimeStep = Extract<Step, { kind: `server-${string}` | `frontend-${string}` }>;

/** What a server that goes has under way may end by itself for so long; what lasts longer ends. */
export const graceMilliseconds = 300;

/**
 * The CLI commands of a step, in order (dataplane.md section 5). A new server comes in by the drain
 * detour: it is checked while it gets nothing; a later plan makes it ready.
 */
export function commands(step: RuntimeStep): string[] {
  switch (step.kind) {
    case 'server-add':
      return addition(step);
    case 'server-ready':
      return [`set server ${path(step)} state ready`, ...agent('enable', step)];
    case 'server-drain':
      return [...agent('disable', step), `set server ${path(step)} state drain`];
    case 'server-maint':
      return [...agent('disable', step), `set server ${path(step)} state maint`];
    case 'server-recheck':
      // Out of maintenance HAProxy takes it to be well, and a result of before for one of now.
      return [`set server ${path(step)} state drain`, `set server ${path(step)} health down`];
    case 'server-weight':
      return [`set server ${path(step)} weight ${step.weight}`];
    case 'server-remove': {
      const { out, cut, gone } = removal(step);
      const wait = (time: string) => `wait ${time} srv-removable ${path(step)}`;
      return [...out, wait(`${graceMilliseconds}ms`), ...cut, wait('2s'), ...gone];
    }
    case 'frontend-enable':
      return [`enable frontend ${step.frontend}`];
    case 'frontend-disable':
      return [`disable frontend ${step.frontend}`];
    default:
      return never(step);
  }
}

/**
 * The commands of a removal by themselves: no new connections, an end to those there are, no server
 * (refused while it has connections). Who stands waiting in between is an operator; the agent looks
 * again.
 */
export function removal(step: ServerName) {
  return {
    out: [`set server ${path(step)} state maint`],
    cut: [`shutdown sessions server ${path(step)}`],
    gone: [`del server ${path(step)}`],
  };
}

/** Whether a step is one for the CLI. */
export function isRuntime(step: Step): step is RuntimeStep {
  return step.kind.startsWith('server-') || step.kind.startsWith('frontend-');
}

function addition(step: Extract<Step, { kind: 'server-add' }>): string[] {
  const name = path({ backend: step.backend, server: step.server.name });
  const where = hostPort(step.family, step.server.address, step.server.port);
  return [
    ['add server', name, where, ...step.options].join(' '),
    `set server ${name} state drain`,
    ...(step.isChecked === false ? [] : [`enable health ${name}`]),
  ];
}

function agent(what: 'enable' | 'disable', step: ServerName & Asked): string[] {
  return step.agent === undefined ? [] : [`${what} agent ${path(step)}`];
}

function path({ backend, server }: ServerName): string {
  return `${backend}/${server}`;
}
