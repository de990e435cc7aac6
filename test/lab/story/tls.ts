import type { Certificate } from '../certificates.ts';
import { run } from '../command.ts';
import type { Lab } from '../lab.ts';
import { readerCommands } from '../reader.ts';

/** Lets the agents read the Secrets of a namespace, as its owner would. */
export async function grantTls(lab: Lab, namespace: string): Promise<void> {
  const path = `${await readerCommands(lab)}:${process.env['PATH'] ?? ''}`;
  const env = { PATH: path, KUBECONFIG: lab.kubeconfig };
  const stdin = await run(['kubectl', 'fairlead', 'grant-tls', '-n', namespace], { env });
  await lab.kubectl(['apply', '-f', '-'], { stdin });
}

/** A Secret of type kubernetes.io/tls. */
export function tlsSecret(
  metadata: { readonly name: string; readonly namespace: string },
  { certificate, key }: Certificate,
): object {
  const stringData = { 'tls.crt': certificate, 'tls.key': key };
  return { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, stringData };
}
