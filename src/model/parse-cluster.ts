import { protocols } from '../tables/names.ts';
import type { Endpoint, EndpointSlice, Namespace, Node } from './objects.ts';
import { parseMetadata } from './parse-metadata.ts';
import {
  fieldsOf,
  listOf,
  numberOf,
  oneOf,
  optionalTextOf,
  type Raw,
  textOf,
  truthOf,
} from './raw.ts';

/**
 * A node's Lease in kube-node-lease: the controller watches when `renewTime` changes, by its own
 * clock (R13).
 */
export type Lease = { readonly node: string; readonly renewTime: string };

/** Reads a Namespace; `undefined` for what is none. */
export function parseNamespace(raw: Raw): Namespace | undefined {
  const metadata = parseMetadata(raw);
  return metadata && { name: metadata.name, labels: metadata.labels };
}

/** Reads a Node; `undefined` for what is none. */
export function parseNode(raw: Raw): Node | undefined {
  const metadata = parseMetadata(raw);
  if (metadata === undefined) return undefined;
  const { name, uid, labels, deleting } = metadata;
  const taints = listOf(fieldsOf(fieldsOf(raw)['spec'])['taints']).map(fieldsOf);
  return {
    ...{ name, uid, labels, deleting },
    taints: taints.map((taint) => ({
      key: textOf(taint['key']),
      value: textOf(taint['value']),
      effect: textOf(taint['effect']),
    })),
  };
}

/** Reads a node's Lease; `undefined` for what is none. */
export function parseLease(raw: Raw): Lease | undefined {
  const metadata = parseMetadata(raw);
  const spec = fieldsOf(fieldsOf(raw)['spec']);
  return metadata && { node: metadata.name, renewTime: textOf(spec['renewTime']) };
}

/**
 * Reads an EndpointSlice; `undefined` for what no Service is named by (R61) or what lists host
 * names (R64).
 */
export function parseEndpointSlice(raw: Raw): EndpointSlice | undefined {
  const metadata = parseMetadata(raw);
  const fields = fieldsOf(raw);
  const service = metadata?.labels['kubernetes.io/service-name'];
  const family = fields['addressType'];
  if (metadata === undefined || service === undefined) return undefined;
  if (family !== 'IPv4' && family !== 'IPv6') return undefined;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    service,
    family,
    ports: listOf(fields['ports']).flatMap(slicePort),
    endpoints: listOf(fields['endpoints']).flatMap(parseEndpoint),
  };
}

/** R65: a nil or zero port is skipped; a nil name is the single unnamed port's. */
function slicePort(raw: Raw): EndpointSlice['ports'] {
  const fields = fieldsOf(raw);
  const port = numberOf(fields['port']);
  if (port < 1 || port > 65_535) return [];
  return [{ name: textOf(fields['name']), protocol: oneOf(fields['protocol'], protocols), port }];
}

/**
 * R64: only the first address has a meaning. R66: nil ready and serving are true, nil terminating
 * is false.
 */
function parseEndpoint(raw: Raw): Endpoint[] {
  const fields = fieldsOf(raw);
  const conditions = fieldsOf(fields['conditions']);
  const address = optionalTextOf(listOf(fields['addresses'])[0]);
  if (address === undefined) return [];
  return [
    {
      address,
      ready: truthOf(conditions['ready'], true),
      serving: truthOf(conditions['serving'], true),
      terminating: truthOf(conditions['terminating'], false),
      node: optionalTextOf(fields['nodeName']),
      ...parseHints(fieldsOf(fields['hints'])),
    },
  ];
}

/** Most Services have none, and every endpoint costs memory on every node. */
function parseHints(hints: Readonly<Record<string, Raw>>): Partial<Endpoint> {
  const [zones, nodes] = [hints['forZones'], hints['forNodes']].map((list) =>
    listOf(list)
      .slice(0, hintsPerEndpointMax)
      .flatMap((hint) => optionalTextOf(fieldsOf(hint)['name']) ?? []),
  );
  return { ...(zones?.length && { zones }), ...(nodes?.length && { nodes }) };
}

/** The API server takes as many of each. */
const hintsPerEndpointMax = 8;
