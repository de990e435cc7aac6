/** A Kubernetes object as it came over the wire; only the metadata that we read is typed. */
export type RawObject = {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: RawMetadata;
  readonly [field: string]: unknown;
};

export type RawMetadata = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly [field: string]: unknown;
};

/** `namespace/name`, or the name alone of a cluster-scoped object. */
export function objectKey(object: RawObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** True for anything that has a metadata.name: all that the layer above may rely on. */
export function isRawObject(value: unknown): value is RawObject {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return false;
  const { metadata } = value;
  return (
    typeof metadata === 'object' &&
    metadata !== null &&
    'name' in metadata &&
    typeof metadata.name === 'string'
  );
}
