import { stringify } from 'yaml';
import { customResource } from '../src/schema/custom-resource.ts';
import { type Kind, kinds } from '../src/schema/kinds.ts';
import type { GeneratedFile } from './generated-file.ts';

export const crdFolder = 'crds';
export const chartCrdFolder = 'helm/templates/crds';

const header =
  '# Generated from src/schema by `npm run generate`; edit the schema, not this file.\n';

/** crds/*.yaml: what `kubectl apply --server-side -f crds/` takes. */
export function crdFiles(): GeneratedFile[] {
  return kinds.map((kind) => ({ path: `${crdFolder}/${kind.plural}.yaml`, text: crdText(kind) }));
}

function crdText(kind: Kind): string {
  return header + stringify(customResource(kind), { lineWidth: 0, aliasDuplicateObjects: false });
}

/**
 * The chart's copies. In `crds/` of a chart Helm would install them once and never upgrade them.
 */
export function chartCrdFiles(): GeneratedFile[] {
  return kinds.map((kind) => ({
    path: `${chartCrdFolder}/${kind.plural}.yaml`,
    text: `{{- if .Values.crds.enabled }}\n${withKeepPolicy(crdText(kind))}{{- end }}\n`,
  }));
}

const name = /^metadata:\n {2}name: \S+\n/m;
const keepPolicy = [
  '  {{- if .Values.crds.keep }}',
  '  annotations:',
  '    helm.sh/resource-policy: keep',
  '  {{- end }}',
  '',
].join('\n');

function withKeepPolicy(text: string): string {
  if (text.includes('{{')) throw new Error('a CRD with "{{" would be taken for a Helm template');
  return text.replace(name, (head) => head + keepPolicy);
}
