import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** The few fields of any object that tests look at; the rest is `unknown`. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
};

const top = join(import.meta.dirname, '../..');

/** The objects of a YAML file of the project, in the order written. */
export function readManifests(path: string): Manifest[] {
  return parseManifests(readFileSync(join(top, path), 'utf8'));
}

/** The objects of a YAML text; empty documents are left out. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => {
      const problem = document.errors[0];
      if (problem !== undefined) throw problem;
      return document.toJS() as Manifest | null;
    })
    .filter((manifest) => manifest !== null);
}

/** Where objects of this kind are created; a namespace only for those that have one. */
export function collectionPath(manifest: Manifest, namespace?: string): string {
  const { apiVersion, kind, metadata } = manifest;
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const of = metadata.namespace ?? namespace;
  return `${group}${of === undefined ? '' : `/namespaces/${of}`}/${plural(kind)}`;
}

function plural(kind: string): string {
  const word = kind.toLowerCase();
  return word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`;
}
