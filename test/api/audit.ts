/** What accounts really did, as the API server's audit log tells it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiServer } from './server.ts';

/** One request. */
export type AuditedCall = {
  readonly user: string;
  readonly verb: string;
  readonly path: string;
  /** Status of the answer. */
  readonly code: number;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
};

/** Flags that make a kube-apiserver log every call of these users, without their content. */
export function auditFlags(directory: string, users: readonly string[]): string[] {
  const policy = join(directory, 'audit-policy.yaml');
  const rules = [{ level: 'Metadata', users }, { level: 'None' }];
  const omitStages = ['RequestReceived'];
  // JSON is YAML.
  const text = JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages, rules });
  writeFileSync(policy, text);
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${logFile(directory)}`];
}

function logFile(directory: string): string {
  return join(directory, 'audit.log');
}

/** Every call so far, in order; a watch counts when it began. */
export function auditedCalls(api: ApiServer): AuditedCall[] {
  const file = logFile(api.directory);
  if (!existsSync(file)) return [];
  // What follows the last newline is still being written.
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines
    .map((line) => JSON.parse(line) as Entry)
    .filter(isFirstOfItsCall)
    .map(callOf);
}

type Entry = {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly responseStatus?: { readonly code?: number };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
};

/** A watch is told of twice: when it began and when it ended. */
function isFirstOfItsCall({ stage, verb }: Entry): boolean {
  return stage === (verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete');
}

function callOf({ user, verb, requestURI, responseStatus, objectRef = {} }: Entry): AuditedCall {
  const { apiGroup = '', resource = '', subresource = '', namespace = '', name = '' } = objectRef;
  return {
    ...{ user: user.username, verb, resource, subresource, namespace, name },
    ...{ path: requestURI, code: responseStatus?.code ?? 0, group: apiGroup },
  };
}
