import { parseAllDocuments } from 'yaml';
import { isRawObject, type RawObject } from '../kube/raw-object.ts';
import { fieldsOf, listOf } from '../model/raw.ts';
import { apiVersion } from '../tables/names.ts';
import { CliError } from './cli-error.ts';
import type { Shell } from './shell.ts';

/** A file as large as this is no list of pools and Services. */
const textMax = 4 * 1024 * 1024;
/** `a: &a [*a, *a …]`: what grows beyond this is not meant to be read. */
const aliasesMax = 100;

/** The VipPools and Services of a file, and a sentence on everything else in it. */
export type Manifests = {
  readonly pools: readonly RawObject[];
  readonly services: readonly RawObject[];
  readonly remarks: readonly string[];
};

/** Reads YAML or JSON, several documents or a List; CliError 2 says where it is wrong. */
export async function readManifests(shell: Shell, file: string): Promise<Manifests> {
  const text = await contents(shell, file);
  if (text.length > textMax) throw new CliError(2, `${file} is larger than ${textMax} bytes`);
  const objects = documents(file, text).flatMap(flattened);
  const pools: RawObject[] = [];
  const services: RawObject[] = [];
  const remarks: string[] = [];
  for (const object of objects) {
    if (!isRawObject(object)) throw new CliError(2, `${file} has something without metadata.name`);
    const { kind = '', apiVersion: version = '' } = object;
    if (kind === 'VipPool' && version === apiVersion) pools.push(object);
    else if (kind === 'Service' && version === 'v1') services.push(object);
    else remarks.push(`${kind} ${object.metadata.name} (${version}) is not looked at`);
  }
  if (pools.length + services.length > 0) return { pools, services, remarks };
  throw new CliError(2, `${file} has neither a VipPool (${apiVersion}) nor a Service (v1)`);
}

async function contents(shell: Shell, file: string): Promise<string> {
  if (file === '-') return shell.readStdin();
  try {
    return await shell.readFile(file);
  } catch (error) {
    throw new CliError(2, `${file} cannot be read: ${error instanceof Error ? error.message : ''}`);
  }
}

function documents(file: string, text: string): unknown[] {
  const parsed = parseAllDocuments(text);
  return [...parsed].flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new CliError(2, `${file}: ${error.message}`);
    try {
      const value: unknown = document.toJS({ maxAliasCount: aliasesMax });
      return value === null ? [] : [value];
    } catch (cause) {
      throw new CliError(2, `${file}: ${cause instanceof Error ? cause.message : ''}`);
    }
  });
}

function flattened(object: unknown): readonly unknown[] {
  const { kind, items } = fieldsOf(object);
  return kind === 'List' ? listOf(items) : [object];
}
