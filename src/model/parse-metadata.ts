import type { Condition } from './objects.ts';
import {
  fieldsOf,
  listOf,
  numberOf,
  oneOf,
  optionalTextOf,
  type Raw,
  textMapOf,
  textOf,
  textsOf,
} from './raw.ts';
import { parseTimestamp } from './timestamp.ts';

/** The part of an object that all kinds share. */
export type Metadata = {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly createdMs: number;
  readonly deleting: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
};

/** Reads an object's metadata; `undefined` for what has no name and so is no object. */
export function parseMetadata(raw: Raw): Metadata | undefined {
  const metadata = fieldsOf(fieldsOf(raw)['metadata']);
  const name = textOf(metadata['name']);
  const namespace = textOf(metadata['namespace']);
  if (!objectName.test(name) || !namespaceName.test(namespace)) return undefined;
  return {
    name,
    namespace,
    uid: textOf(metadata['uid']),
    resourceVersion: textOf(metadata['resourceVersion']),
    generation: numberOf(metadata['generation']),
    createdMs: parseTimestamp(textOf(metadata['creationTimestamp'])) ?? 0,
    deleting: optionalTextOf(metadata['deletionTimestamp']) !== undefined,
    labels: textMapOf(metadata['labels']),
    annotations: textMapOf(metadata['annotations']),
    finalizers: textsOf(metadata['finalizers']),
  };
}

/** As the API server has them (RFC 1123): both become parts of names in configurations. */
const objectName = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const namespaceName = /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$/;

/** Names of namespaces and of Services are labels (RFC 1123): no dots, 63 characters at most. */
export function isLabel(name: string): boolean {
  return name !== '' && namespaceName.test(name);
}

/** Reads `status.conditions`; what has no type is dropped. */
export function parseConditions(raw: Raw): readonly Condition[] {
  return listOf(raw)
    .map(fieldsOf)
    .filter((fields) => optionalTextOf(fields['type']) !== undefined)
    .map((fields) => ({
      type: textOf(fields['type']),
      status: oneOf(fields['status'], ['Unknown', 'True', 'False']),
      reason: textOf(fields['reason']),
      message: textOf(fields['message']),
      lastTransitionTime: textOf(fields['lastTransitionTime']),
      ...(typeof fields['observedGeneration'] === 'number' && {
        observedGeneration: numberOf(fields['observedGeneration']),
      }),
    }));
}
