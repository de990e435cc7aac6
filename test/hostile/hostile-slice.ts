import fc from 'fast-check';
import { anyAddress, podAddress } from './hostile-networks.ts';
import { type Json, number } from './hostile-service.ts';
import { checked, field, type Manner } from './hostile-text.ts';

/** An EndpointSlice; who may write some writes what he likes. It still needs its Service's name. */
export function hostileSlice(manner: Manner): fc.Arbitrary<Json> {
  const one = <T>(valid: fc.Arbitrary<T>) => field(manner, valid);
  return fc.record({
    name: checked(manner, fc.constantFrom('slice-1', 'slice-2')),
    addressType: checked(manner, fc.constantFrom('IPv4', 'IPv6')),
    ports: one(
      fc.array(
        fc.record(
          {
            name: checked(manner, fc.constantFrom('', 'http', 'dns', 'a')),
            protocol: checked(manner, fc.constantFrom('TCP', 'TCP', 'UDP')),
            port: number(manner, { min: 1, max: 65_535 }),
          },
          { requiredKeys: ['port'] },
        ),
        { maxLength: 4 },
      ),
    ),
    endpoints: one(fc.array(endpoint(manner), { maxLength: 5 })),
  });
}

function hints(manner: Manner, kind: string): fc.Arbitrary<unknown> {
  const name = checked(manner, fc.constantFrom(`${kind}-1`, `${kind}-2`));
  return field(manner, fc.array(fc.record({ name }), { maxLength: 3 }));
}

function endpoint(manner: Manner): fc.Arbitrary<Json> {
  const one = <T>(valid: fc.Arbitrary<T>) => field(manner, valid);
  const address = manner === 'tidy' ? podAddress : checked(manner, anyAddress);
  return fc.record(
    {
      addresses: one(fc.array(address, { minLength: 1, maxLength: 2 })),
      conditions: one(
        fc.record(
          { ready: one(fc.boolean()), serving: fc.boolean(), terminating: one(fc.boolean()) },
          { requiredKeys: [] },
        ),
      ),
      nodeName: checked(manner, fc.constantFrom('node-1', 'node-2')),
      targetRef: fc.record({
        kind: fc.constant('Pod'),
        name: checked(manner, fc.constantFrom('web-1', 'web-2')),
      }),
      hostname: checked(manner, fc.constant('web-1')),
      hints: one(fc.record({ forZones: hints(manner, 'zone'), forNodes: hints(manner, 'node') })),
    },
    { requiredKeys: ['addresses'] },
  );
}
