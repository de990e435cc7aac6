import { parseMetadata } from './parse-metadata.ts';
import { fieldsOf, listOf, type Raw, textOf, textsOf } from './raw.ts';

/** A running agent, and where it answers. */
export type AgentPod = {
  readonly name: string;
  readonly node: string;
  readonly port: number;
  /** It answers on the node's address as well; else on its loopback only. */
  readonly isOpen: boolean;
};

/** The labels of agents' pods. */
export const agentLabels = 'app.kubernetes.io/name=fairlead,app.kubernetes.io/component=agent';

const portDefault = 7946;

/** Reads an agent's pod; `undefined` for one that does not run. */
export function parseAgentPod(raw: Raw): AgentPod | undefined {
  const metadata = parseMetadata(raw);
  const status = fieldsOf(fieldsOf(raw)['status']);
  if (metadata === undefined || textOf(status['phase']) !== 'Running') return undefined;
  const spec = fieldsOf(fieldsOf(raw)['spec']);
  const [container] = listOf(spec['containers']).map(fieldsOf);
  const ports = listOf(container?.['ports']).map(fieldsOf);
  const flag = textsOf(container?.['args']).find((text) => text.startsWith('--http-address='));
  const port = Number(/:(\d{1,5})$/.exec(flag ?? '')?.[1] ?? portDefault);
  return {
    name: metadata.name,
    node: textOf(spec['nodeName']),
    port,
    // The chart names the port where somebody else may ask (helm/templates/agent.yaml).
    isOpen: ports.some(({ name }) => name === 'http'),
  };
}
