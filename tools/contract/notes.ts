import type { ContractNote } from './contract.ts';

/** What is said of rules that no test shows. A rule that a test names needs no note. */
export const contractNotes: Readonly<Record<string, ContractNote>> = {
  A6: uncovered(
    'a second create that failed is tried again; but if it never can succeed, a Service that must ' +
      'have both keeps and publishes the first one, where it should give it back',
  ),
  R14: uncovered(),
  R19: uncovered(),
  R40: waiting(
    'UDP and SCTP by nftables; until then such a port is refused with an error of its own',
  ),
  R46: waiting(
    'the PROXY protocol and transparent source addresses; no Service can ask for them yet',
  ),
  R51: waiting('session affinity; until then a Service that asks for it is refused with a reason'),
  R52: waiting('session affinity'),
  R54: waiting('session affinity'),
  R55: waiting('source ranges; until then a Service that has any is refused, not served openly'),
  R57: waiting('source ranges'),
  R59: waiting('source ranges'),
  R60: waiting('source ranges'),
  R76: waiting('UDP by nftables, with conntrack of what left being flushed'),
  R89: uncovered(),
  R91: uncovered(),
};

function uncovered(now = 'not covered by a test yet'): ContractNote {
  return { status: 'uncovered', now };
}

/** `what` completes "waits for …". */
function waiting(what: string): ContractNote {
  return { status: 'waiting', for: `waits for ${what}` };
}
