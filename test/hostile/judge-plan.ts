import assert from 'node:assert/strict';
import { planHaproxy } from '../../src/plan/haproxy.ts';
import { planKeepalived } from '../../src/plan/keepalived.ts';
import { byBackend, type ObservedHaproxy } from '../../src/plan/observed.ts';
import { commands, isRuntime, type Step, stepText } from '../../src/plan/step.ts';
import { renderHaproxy } from '../../src/render/haproxy.ts';
import { poolPaths } from '../../src/render/pool-paths.ts';
import { poolName } from './hostile-cluster.ts';
import type { Served } from './served.ts';

const paths = poolPaths(poolName);

/** What is said to a daemon is one command a command, and what is logged is one line. */
export function judgePlan(of: Served): void {
  for (const step of stepsOf(of)) {
    assert.match(stepText(step), /^[\x20-\x7e]+$/, 'a step is one line of printable ASCII');
    for (const command of isRuntime(step) ? commands(step) : []) {
      assert.match(command, /^[\x20-\x7e]+$/);
      // A `;` ends a command, `<<` begins a text, and `@` at the head of one asks another process.
      assert.doesNotMatch(command, /;|<<|^@|[#"'\\]/, 'a command of HAProxy’s CLI is one');
      assert.match(command, known, 'a command is one of the planner’s own');
    }
  }
}

const verbs = [
  ...['add server', 'del server', 'set server', 'enable health', 'enable agent'],
  ...['disable agent', 'shutdown sessions server', 'enable frontend', 'disable frontend'],
  ...['wait 300ms srv-removable', 'wait 2s srv-removable'],
];

/** A verb of ours, then the name of a frontend or backend or of a server of it. */
const backend = '[a-z0-9.-]+_[a-z0-9.-]+_\\d+_[0-9a-f.-]+(\\.backup|\\.open)?';
const known = new RegExp(`^(${verbs.join('|')}) ${backend}(/| |$)`);

/** The steps from nothing, from another structure, and from other servers, to what is desired. */
function stepsOf({ desired, texts }: Served): Step[] {
  const { haproxy, keepalived } = desired;
  const configuration = renderHaproxy(haproxy, paths);
  const from = (observed: ObservedHaproxy | undefined) =>
    planHaproxy({ ...{ desired: haproxy, configuration, paths, fileText: '', observed } });
  const names = haproxy.frontends.map(({ name }) => name);
  const empty = names.map((name) => ({ name, enabled: true }));
  const others = names.flatMap((backend) =>
    ['10-9-9-9_1', '10-9-9-8_1'].map((name) => ({
      ...{ backend, backendId: 3, name, state: 'ready' as const, usable: true, checked: true },
      ...{ agent: false, weight: 1, isSpare: false },
    })),
  );
  const { structure } = configuration;
  return [
    ...from(undefined),
    ...from({ structure: 'another', frontends: [], backends: byBackend([]) }),
    ...from({ structure, frontends: empty, backends: byBackend([]) }),
    ...from({ structure, frontends: empty, backends: byBackend(others) }),
    ...planKeepalived({
      ...{ desired: keepalived, text: texts.keepalived, fileText: '', loaded: undefined },
    }),
  ];
}
