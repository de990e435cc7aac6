import type { ContractNote } from './contract.ts';

/** What is said of rules that no test shows. A rule that a test names needs no note. */
export const contractNotes: Readonly<Record<string, ContractNote>> = {
  A3: uncovered(),
  A5: uncovered(),
  A6: uncovered(),
  A16: uncovered(),
  A23: uncovered(),
  A32: uncovered(),
  A33: uncovered(),
  A34: uncovered(),
  A35: uncovered(),
  A36: uncovered(),
  A37: uncovered(),
  A38: uncovered(),
  A47: uncovered(),
  A50: uncovered(),
  A60: uncovered(),
  A61: uncovered(),
  A62: uncovered(),
  A63: uncovered(),
  A64: uncovered(),
  R3: uncovered(),
  R14: uncovered(),
  R15: uncovered(),
  R19: uncovered(),
  R20: uncovered(),
  R32: uncovered(),
  R33: uncovered(),
  R36: uncovered(),
  R40: waiting(
    'UDP and SCTP by nftables; until then such a port is refused with an error of its own',
  ),
  R46: waiting(
    'the PROXY protocol and transparent source addresses; no Service can ask for them yet',
  ),
  R49: uncovered(),
  R51: waiting('session affinity; until then a Service that asks for it is refused with a reason'),
  R52: waiting('session affinity'),
  R54: waiting('session affinity'),
  R55: waiting('source ranges; until then a Service that has any is refused, not served openly'),
  R57: waiting('source ranges'),
  R59: waiting('source ranges'),
  R60: waiting('source ranges'),
  R76: waiting('UDP by nftables, with conntrack of what left being flushed'),
  R82: uncovered(),
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
