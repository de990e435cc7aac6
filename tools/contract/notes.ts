import type { ContractNote } from './contract.ts';

/** What is said of rules that no test shows. A rule that a test names needs no note. */
export const contractNotes: Readonly<Record<string, ContractNote>> = {
  R18: different(
    'one reconcile covers everything, so it is that which is tried again, from 0.1 s doubling to 30 s; ' +
      'a refused write is looked at again from 0.2 s on',
  ),
  R46: different(
    'the opt-in is the PROXY protocol, or HTTP mode; transparent source addresses are not offered ' +
      '(ADR 20)',
  ),
  R79: partly('connections are carried over to the end once moves drain; today they are cut'),
  R81: different(
    'said in fairlead.dev/Allocated, for no address is given that no node could carry',
  ),
  R83: different(
    'of the upstream words EnsuredLoadBalancer and UnAvailableLoadBalancer are used; beginnings and ' +
      'deletions are told by conditions and finalizers alone',
  ),
  R91: different(
    'the generation that a node runs stands in its VipNode, where the controller reads it; it is ' +
      'no metric',
  ),
};

/** In another way than the rule says, on purpose; tests that name it show how. */
function different(why: string): ContractNote {
  return { status: 'different', why };
}

/** Tests that name it show the rest. */
function partly(missing: string): ContractNote {
  return { status: 'partly', missing };
}
