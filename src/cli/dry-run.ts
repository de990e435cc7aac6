import { apiPath, type Resource } from '../kube/api-path.ts';
import { KubeError } from '../kube/kube-error.ts';
import { isRawObject, objectKey, type RawObject } from '../kube/raw-object.ts';
import { fieldsOf, textMapOf, textsOf } from '../model/raw.ts';
import { annotations } from '../tables/names.ts';
import { CliError } from './cli-error.ts';
import type { Cluster } from './cluster.ts';
import { readObject } from './list.ts';

/** An object of a file as it would be stored. */
export type Stored = {
  readonly object: RawObject;
  /** Whether it exists already. */
  readonly isEdit: boolean;
  /** What was not checked, and why. */
  readonly remark: string | undefined;
};

/**
 * Asks the API server what it would make of an object, without storing it; who may not write it
 * gets what the file says, completed by hand. Throws CliError 1 when the server would refuse it.
 */
export async function asStored(
  cluster: Cluster,
  resource: Resource,
  object: RawObject,
): Promise<Stored> {
  const { name, namespace } = object.metadata;
  const live = await readObject(cluster, resource, { namespace, name });
  const body = live === undefined ? object : replacing(live, object);
  try {
    const answer = await cluster.client.request({
      method: live === undefined ? 'POST' : 'PUT',
      path: apiPath(resource, live === undefined ? { namespace } : { namespace, name }),
      query: { dryRun: 'All' },
      body,
    });
    if (isRawObject(answer))
      return { object: answer, isEdit: live !== undefined, remark: undefined };
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.code === 'Invalid' || error.code === 'Conflict') throw refusedObject(object, error);
    if (error.code !== 'Forbidden') throw error;
  }
  const remark = `${objectText(object)} was not checked by the API server: you may not write it`;
  const byHand = live === undefined ? object : completed(live, body);
  return { object: byHand, isEdit: live !== undefined, remark };
}

function refusedObject(object: RawObject, { message }: KubeError): CliError {
  const said = message.replace(/^\w+ \S+: \d+ /, '');
  return new CliError(1, `the API server would refuse ${objectText(object)}: ${said}`);
}

function objectText(object: RawObject): string {
  return `${object.kind ?? ''} ${objectKey(object)}`;
}

/** The file is the whole spec, all labels and annotations; the rest is the live object's. */
function replacing(live: RawObject, object: RawObject): RawObject {
  const reassign = textMapOf(live.metadata['annotations'])[annotations.reassign];
  const kept = reassign === undefined ? {} : { [annotations.reassign]: reassign };
  return {
    ...live,
    metadata: {
      ...live.metadata,
      managedFields: undefined,
      labels: textMapOf(object.metadata['labels']),
      annotations: { ...kept, ...textMapOf(object.metadata['annotations']) },
    },
    spec: object['spec'],
  };
}

/** What the API server carries over from the stored Service when a file leaves it out. */
const carriedOver = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'];

function completed(live: RawObject, body: RawObject): RawObject {
  if (live.kind !== 'Service') return body;
  const before = fieldsOf(live['spec']);
  const kept = Object.fromEntries(carriedOver.map((field) => [field, before[field]]));
  return { ...body, spec: { ...kept, ...fieldsOf(body['spec']) } };
}

/**
 * Gives a Service that nobody stored the cluster addresses it would get: which they are does not
 * matter, only their families do.
 */
export function withClusterIps(object: RawObject, primary: 'IPv4' | 'IPv6'): RawObject {
  const spec = fieldsOf(object['spec']);
  if (textsOf(spec['clusterIPs']).length > 0 || spec['clusterIP'] === 'None') return object;
  const other = primary === 'IPv4' ? 'IPv6' : 'IPv4';
  const isSingle = (spec['ipFamilyPolicy'] ?? 'SingleStack') === 'SingleStack';
  const given = textsOf(spec['ipFamilies']);
  const first = given[0] ?? primary;
  const second = given[1] ?? (first === primary ? other : primary);
  const ipFamilies = isSingle ? [first] : [first, second];
  const clusterIPs = ipFamilies.map((family) => (family === 'IPv4' ? '0.0.0.0' : '::'));
  return { ...object, spec: { ...spec, ipFamilies, clusterIPs } };
}
