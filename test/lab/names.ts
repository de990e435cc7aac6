import { join } from 'node:path';
import { labFolder } from './files.ts';
import { LabError } from './lab-error.ts';

/** Everything a lab puts on the machine begins with this, then its id. */
export const labPrefix = 'fl-';

/**
 * The names of one lab's things; pure, so that any process can find a lab that another one started.
 */
export type LabNames = {
  readonly id: string;
  readonly folder: string;
  readonly cgroup: string;
  readonly switchNamespace: string;
};

/** Throws LAB_USAGE for an id that would not do as part of a namespace's name. */
export function labNames(id: string): LabNames {
  if (!/^[a-z0-9]{1,20}$/.test(id)) {
    throw new LabError('LAB_USAGE', `lab id "${id}": use 1–20 lower-case letters and digits`);
  }
  return {
    id,
    folder: labFolder(id),
    cgroup: `${labPrefix}${id}`,
    switchNamespace: `${labPrefix}${id}-sw`,
  };
}

/** The network namespace of a node or of a client. */
export function namespaceOf(names: LabNames, part: string): string {
  return `${labPrefix}${names.id}-${part}`;
}

/** Whether a namespace belongs to this lab and to no other whose id begins alike. */
export function isNamespaceOf(names: LabNames, namespace: string): boolean {
  return namespace.startsWith(`${labPrefix}${names.id}-`);
}

export function cgroupOf(names: LabNames, part: string): string {
  return `${names.cgroup}/${part}`;
}

/** A file or folder of the lab. */
export function inLab(names: LabNames, ...path: string[]): string {
  return join(names.folder, ...path);
}
