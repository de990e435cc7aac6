import fc from 'fast-check';
import { annotations } from '../../src/tables/names.ts';
import { hostileName, hostileService, type Json, type Named } from './hostile-service.ts';
import { hostileFields, otherService } from './hostile-settings.ts';
import { hostileSlice } from './hostile-slice.ts';
import { checked, field, type Manner } from './hostile-text.ts';

/** One Service of a tenant who means no good, with what belongs to it; all of it JSON. */
export type Tenant = {
  readonly service: { readonly metadata: Json; readonly spec: Json };
  readonly slices: readonly Json[];
  readonly policies: readonly Json[];
  readonly families: readonly ('IPv4' | 'IPv6')[];
  /** Its addresses are to pass to another pool. */
  readonly isMoving: boolean;
};

/** A tenant of one manner. */
export function hostileTenant(manner: Manner): fc.Arbitrary<Tenant> {
  return fc
    .record({
      named: hostileName(manner),
      service: hostileService(manner),
      slices: fc.array(hostileSlice(manner), { maxLength: 3 }),
      others: fc.array(hostileSlice(manner), { maxLength: 2 }),
      labels: field(manner, fc.constant('own')),
      policy: fc.option(hostileFields(manner), { freq: 2 }),
      policyName: checked(manner, fc.constant('mine')),
      families: fc.constantFrom<readonly ('IPv4' | 'IPv6')[]>(['IPv4'], ['IPv6'], ['IPv4', 'IPv6']),
      isMoving: fc.nat({ max: 9 }).map((n) => n === 0),
    })
    .map(({ named, service, policy, policyName, families, isMoving, ...of }) => ({
      service: served(named, service, policy === null ? undefined : policyName),
      slices: [
        ...of.slices.map((slice) => labelled(named, slice, of.labels)),
        ...of.others.map((slice) => labelled(named, slice, 'other')),
      ],
      policies:
        policy === null
          ? []
          : [{ metadata: { namespace: named.namespace, name: policyName }, spec: policy }],
      ...{ families, isMoving },
    }));
}

/** A tenant of any manner; much of what most of them write is served. */
export const anyTenant: fc.Arbitrary<Tenant> = fc.oneof(
  { weight: 3, arbitrary: hostileTenant('tidy') },
  { weight: 3, arbitrary: hostileTenant('lawful') },
  { weight: 4, arbitrary: hostileTenant('lawless') },
);

function served(
  named: Named,
  { annotations: own, spec }: { readonly annotations: unknown; readonly spec: Json },
  policy: string | undefined,
): Tenant['service'] {
  const isObject = typeof own === 'object' && own !== null && !Array.isArray(own);
  const both = policy === undefined ? own : { ...(isObject && own), [annotations.policy]: policy };
  return { metadata: { ...named, annotations: both }, spec };
}

function labelled(
  { namespace, name }: Named,
  { name: own, ...slice }: Json,
  labels: unknown,
): Json {
  const of = (service: string) => ({ 'kubernetes.io/service-name': service });
  const known = labels === 'own' ? of(name) : labels === 'other' ? of(otherService) : labels;
  return {
    metadata: { namespace, name: labels === 'other' ? `other-${own}` : own, labels: known },
    ...slice,
  };
}
