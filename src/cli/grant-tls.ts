import type { CliExit } from '../tables/cli-verbs.ts';
import { agentAccount, agentsNamespaceDefault, tlsReaderRole } from '../tables/names.ts';
import { type Arguments, noOperands } from './arguments.ts';
import { CliError } from './cli-error.ts';
import type { Shell } from './shell.ts';

/** A DNS label: it stands in YAML as it is. */
const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** `grant-tls -n NAMESPACE`: prints a manifest and writes nothing. */
export function grantTls(given: Arguments, shell: Shell): CliExit {
  noOperands(given);
  const namespace = named(given.text('namespace'), '-n');
  const nodes = named(given.text('nodes-namespace') ?? agentsNamespaceDefault, '--nodes-namespace');
  shell.out(`apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: ${tlsReaderRole}
  namespace: ${namespace}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: ${tlsReaderRole}
subjects:
  - kind: ServiceAccount
    name: ${agentAccount}
    namespace: ${nodes}
`);
  return 0;
}

function named(text: string | undefined, flag: string): string {
  if (text === undefined) throw new CliError(2, `say which namespace: ${flag} NAMESPACE`);
  if (namespaceName.test(text)) return text;
  throw new CliError(2, `${flag} "${text}" is no name of a namespace`);
}
