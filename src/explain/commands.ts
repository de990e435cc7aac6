import type { Service } from '../model/objects.ts';

/** The commands that reports name, written as a person types them. */
export const plugin = 'kubectl fairlead';

/** `kubectl fairlead explain service/web -n shop`. */
export function explainCommand({ namespace, name }: Pick<Service, 'namespace' | 'name'>): string {
  return `${plugin} explain service/${name} -n ${namespace}`;
}

/** `kubectl fairlead reassign service/web -n shop`. */
export function reassignCommand({ namespace, name }: Pick<Service, 'namespace' | 'name'>): string {
  return `${plugin} reassign service/${name} -n ${namespace}`;
}
