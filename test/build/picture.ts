import { type Picture, pictureOf, type Reading } from '../../src/explain/picture.ts';
import { settle } from '../../src/explain/settle.ts';
import type { ClusterSnapshot, EndpointSlice, Service } from '../../src/model/objects.ts';
import { parseEndpointSlice } from '../../src/model/parse-cluster.ts';

/** A cluster as the command line reads it, with a controller that leads. */
export function aPicture(snapshot: ClusterSnapshot, more: Partial<Reading> = {}): Picture {
  const lease = {
    name: 'fairlead-system/fairlead-controller',
    holder: 'controller-1',
    renewedMs: snapshot.nowMs - 3_000,
    leaseMs: 15_000,
  };
  return pictureOf({ snapshot, lease, unread: [], ...more });
}

/** The same once everybody has done what there was to do. */
export function aSettledPicture(snapshot: ClusterSnapshot, more: Partial<Reading> = {}): Picture {
  return aPicture(settle(snapshot).snapshot, more);
}

/** A Service of a snapshot by `namespace/name`. */
export function serviceOf({ services }: ClusterSnapshot, key: string): Service {
  const service = services.find(({ namespace, name }) => `${namespace}/${name}` === key);
  if (service === undefined) throw new Error(`no Service ${key}`);
  return service;
}

/** The EndpointSlices of a Service with these ready endpoints on port 8080, one a family. */
export function slicesOf(
  key: string,
  addresses: readonly string[],
  ports: readonly object[] = [{ name: '', protocol: 'TCP', port: 8080 }],
): readonly EndpointSlice[] {
  const [namespace, name] = key.split('/');
  return [false, true].flatMap((isIPv6) => {
    const own = addresses.filter((address) => address.includes(':') === isIPv6);
    const slice = parseEndpointSlice({
      metadata: {
        ...{ name: `${name}-${isIPv6 ? 6 : 4}`, namespace },
        labels: { 'kubernetes.io/service-name': name },
      },
      addressType: isIPv6 ? 'IPv6' : 'IPv4',
      ports,
      endpoints: own.map((address) => ({ addresses: [address] })),
    });
    return own.length === 0 || slice === undefined ? [] : [slice];
  });
}
