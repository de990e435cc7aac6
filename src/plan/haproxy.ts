// How a change reaches HAProxy.
//
//   desired ── render ──▶ text ──▶ file ─────────┐
//      │                                         ▼
//      │   structure (frontends, binds, settings) is not what runs? ── yes ──▶ save states, reload
//      │   a key that HAProxy takes only so?     │ no
//      └──▶ servers, frontends ── compare ──▶ CLI commands, no reload
//                                   ▲
//                     observed: what the worker says now
//
// The file comes first: should anything reload HAProxy afterwards, it finds what the socket was
// told. The running worker is asked, and what it was told is never taken for what it does
// (apply/haproxy-observer.ts), so an agent that restarts plans nothing, and one command that failed
// is simply planned again.

import type { DesiredHaproxy, Frontend, Server } from '../desired/desired-node.ts';
import { assert } from '../lib/assert.ts';
import { byText } from '../lib/order.ts';
import type { HaproxyConfiguration } from '../render/haproxy.ts';
import { backendsOf } from '../render/haproxy-backup.ts';
import { hasAgent } from '../render/haproxy-checks.ts';
import { openOf } from '../render/haproxy-fail-open.ts';
import { isWritten } from '../render/haproxy-roles.ts';
import { ownOptions, serverOptions, uncheckedOptions } from '../render/haproxy-settings.ts';
import type { PoolPaths } from '../render/pool-paths.ts';
import {
  noServers,
  type ObservedHaproxy,
  type ObservedServer,
  type RunningServers,
} from './observed.ts';
import { backendsOfOtherRoles, weightSteps } from './server-roles.ts';
import type { Step } from './step.ts';

/** What a plan is made from. */
export type HaproxyInput = {
  readonly desired: DesiredHaproxy;
  /** `desired`, rendered. */
  readonly configuration: HaproxyConfiguration;
  readonly paths: PoolPaths;
  /** What haproxy.cfg holds now; empty when there is none. */
  readonly fileText: string;
  /** Undefined while HAProxy does not answer: it will load the file when it starts. */
  readonly observed: ObservedHaproxy | undefined;
  /**
   * Nothing is to be loaded now: only what the CLI can do is planned, for `desired` as it runs, and
   * the file is written only where it is what runs.
   */
  readonly isHeld?: boolean;
  /** Key files whose text HAProxy takes only with a reload that is to be made now, sorted. */
  readonly keys?: readonly string[];
};

/**
 * The steps to the next state on the way to `desired`; empty when nothing is to be done now. After
 * a reload the next plan brings servers and frontends to their states.
 */
export function planHaproxy(input: HaproxyInput): Step[] {
  const { observed, configuration } = input;
  const roles = observed === undefined ? [] : backendsOfOtherRoles(input.desired, observed);
  const isOther = observed !== undefined && observed.structure !== configuration.structure;
  if (observed !== undefined && isOther && input.isHeld === true) {
    return runtimeSteps(input, observed);
  }
  const keys = input.keys ?? [];
  if (observed !== undefined && (isOther || roles.length > 0 || keys.length > 0)) {
    const reasons = [
      ...(isOther ? structureReasons(input.desired, observed) : []),
      ...roles.map((name) => `ServerRoleChanged ${name}`),
      ...keys.map((file) => `KeyChanged ${file}`),
    ];
    return [...fileSteps(input, true), ...reloadSteps(reasons)];
  }
  // Without a reload the file is not read now; its server lines are made of parsed values only.
  const steps = fileSteps(input, observed === undefined);
  return observed === undefined ? steps : [...steps, ...runtimeSteps(input, observed)];
}

/** Backends with servers that are still to become ready: the plan must be made again shortly. */
export function unsettledBackends(
  desired: DesiredHaproxy,
  { backends }: ObservedHaproxy,
): readonly string[] {
  const isUnsettled = (backend: Frontend) => {
    const running = backends.get(backend.name) ?? noServers;
    return backend.servers.some(({ name, state }) => {
      const now = running.get(name);
      return state === 'ready' && now?.state !== 'ready' && !isOwn(backend, now);
    });
  };
  return desired.frontends
    .flatMap(backendsOf)
    .filter(isUnsettled)
    .map(({ name }) => name);
}

function fileSteps({ configuration, fileText }: HaproxyInput, check: boolean): Step[] {
  if (configuration.text === fileText) return [];
  return [{ kind: 'write-file', file: 'haproxy.cfg', text: configuration.text, check }];
}

function reloadSteps(reasons: readonly string[]): Step[] {
  assert(reasons.length > 0, 'a reload has a reason', {});
  return [{ kind: 'save-server-state' }, { kind: 'haproxy-reload', reasons }];
}

/**
 * Why the running structure is not the desired one, as far as it can be said by name; at most one
 * entry per frontend.
 */
function structureReasons(desired: DesiredHaproxy, observed: ObservedHaproxy): string[] {
  const running = new Set(observed.frontends.map((frontend) => frontend.name));
  const wanted = new Set(desired.frontends.map((frontend) => frontend.name));
  const added = [...wanted]
    .filter((name) => !running.has(name))
    .map((name) => `FrontendAdded ${name}`);
  const gone = [...running]
    .filter((name) => !wanted.has(name))
    .map((name) => `FrontendRemoved ${name}`);
  const reasons = [...added, ...gone].toSorted(byText);
  return reasons.length > 0 ? reasons : ['SettingsChanged'];
}

function runtimeSteps({ desired, paths }: HaproxyInput, observed: ObservedHaproxy): Step[] {
  const { backends } = observed;
  const enabled = new Map(observed.frontends.map(({ name, enabled }) => [name, enabled]));
  const of = (backend: Frontend) => ({ running: backends.get(backend.name) ?? noServers, paths });
  const changes = desired.frontends.flatMap((frontend) => [
    ...backendsOf(frontend).map((backend) => backendSteps(backend, of(backend))),
    ...openOf(frontend).map((backend) => openSteps(backend, of(backend))),
  ]);
  // Removals last: who comes in takes over before who goes is told to.
  return [
    ...changes.flatMap((change) => change.first),
    ...desired.frontends.flatMap((frontend) => frontendSteps(frontend, enabled.get(frontend.name))),
    ...changes.flatMap((change) => change.last),
  ];
}

// Refused is the honest answer when there is no endpoint; the CLI can say so, a configuration file
// cannot. In HTTP mode a client can be told: 503.
function frontendSteps(frontend: Frontend, enabled: boolean | undefined): Step[] {
  const { name, http } = frontend;
  const hasServers = backendsOf(frontend).some(({ servers }) => servers.some(isWritten));
  const isOpen = hasServers || http !== undefined;
  if (isOpen === enabled || enabled === undefined) return [];
  return [{ kind: isOpen ? 'frontend-enable' : 'frontend-disable', frontend: name }];
}

type Change = { readonly first: Step[]; readonly last: Step[] };

type Running = { readonly running: RunningServers; readonly paths: PoolPaths };

function backendSteps(frontend: Frontend, { running, paths }: Running): Change {
  const { name, family, servers } = frontend;
  const served = servers.some(
    ({ name, state }) => state === 'ready' && running.get(name)?.usable === true,
  );
  const first = servers.flatMap((server): readonly Step[] => {
    const now = running.get(server.name);
    if (now !== undefined) return stateSteps(frontend, { server, now, served });
    if (!isWritten(server)) return [];
    const options = [...serverOptions(frontend, paths), ...ownOptions(frontend, server)];
    const add: Step = { kind: 'server-add', backend: name, family, server, options };
    const named = { backend: name, server: server.name, ...asked(frontend) };
    if (server.state === 'maint') return [add, { kind: 'server-maint', ...named }];
    // Nobody else serves: an unverified pod beats none.
    return served || server.state === 'drain' ? [add] : [add, { kind: 'server-ready', ...named }];
  });
  return { first, last: removals(name, servers, running) };
}

/** The backend of last resort: nobody is checked or asked there, so each state is as desired. */
function openSteps(backend: Frontend, { running, paths }: Running): Change {
  const { name, family, servers } = backend;
  const first = servers.flatMap((server): Step[] => {
    const now = running.get(server.name)?.state;
    const state = stateOf(server);
    const set: Step = { kind: `server-${state}`, backend: name, server: server.name };
    if (now !== undefined) return now === state ? [] : [set];
    if (!isWritten(server)) return [];
    const options = [...uncheckedOptions(backend, paths), ...ownOptions(backend, server)];
    const add: Step = {
      kind: 'server-add',
      backend: name,
      family,
      server,
      options,
      isChecked: false,
    };
    return state === 'drain' ? [add] : [add, set];
  });
  return { first, last: removals(name, servers, running) };
}

function removals(backend: string, servers: readonly Server[], running: RunningServers): Step[] {
  const wanted = new Set(servers.map(({ name }) => name));
  const gone = [...running.keys()].filter((name) => !wanted.has(name));
  return gone.map((server): Step => ({ kind: 'server-remove', backend, server }));
}

type ServerNow = {
  readonly server: Server;
  readonly now: ObservedServer;
  readonly served: boolean;
};

function stateSteps(frontend: Frontend, of: ServerNow): readonly Step[] {
  const { server, now } = of;
  // A pod that is asked says its share itself; what one once said must not outlast that.
  const weight = hasAgent(frontend) ? [] : weightSteps(frontend, server, now);
  return [...weight, ...stateStep(frontend, of)];
}

/**
 * Who is asked for its state (agent-check) decides itself between ready, drain and maint, and is
 * left alone; so HAProxy stops asking before an endpoint is taken out, and nobody brings it back.
 */
function stateStep(frontend: Frontend, { server, now, served }: ServerNow): Step[] {
  const isAsked = isOwn(frontend, now);
  const state = stateOf(server);
  const named = { backend: frontend.name, server: server.name };
  const set = (): Step[] => [{ kind: `server-${state}`, ...named, ...asked(frontend) }];
  if (state !== 'ready') return now.state === state && !isAsked ? [] : set();
  if (isAsked || (now.state === 'ready' && !hasAgent(frontend))) return [];
  // Much may have happened to it since its last check.
  if (now.state === 'maint' && served) return [{ kind: 'server-recheck', ...named }];
  // In the drain detour it waits for its first check, whatever that says, unless nobody else
  // serves.
  return now.checked || !served || now.state !== 'drain' ? set() : [];
}

/** What HAProxy calls it. In `drain` who is remembered, by address or cookie, would come still. */
function stateOf({ state }: Server): ObservedServer['state'] {
  return state === 'unready' ? 'maint' : state;
}

/** The state is the pod's own: it is asked for it, and it is meant to serve. */
function isOwn(frontend: Frontend, now: ObservedServer | undefined): boolean {
  return hasAgent(frontend) && now?.agent === true;
}

function asked(frontend: Frontend): { readonly agent?: true } {
  return hasAgent(frontend) ? { agent: true } : {};
}
