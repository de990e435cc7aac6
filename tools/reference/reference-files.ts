import { contractPage, contractSources } from '../contract/contract-page.ts';
import type { GeneratedFile } from '../generated-file.ts';
import { annotationsPage } from './annotations-page.ts';
import { apiPage } from './api-page.ts';
import { cliPage } from './cli-page.ts';
import { conditionsPage } from './conditions-page.ts';
import { metricUses } from './metric-uses.ts';
import { metricsPage } from './metrics-page.ts';
import { reasonsPage } from './reasons-page.ts';

const folder = 'docs/reference';

/** The reference pages: what the tables and schemas say, for people. */
export function referenceFiles(top: string): GeneratedFile[] {
  return [
    { path: `${folder}/annotations.md`, text: annotationsPage() },
    { path: `${folder}/api.md`, text: apiPage() },
    { path: `${folder}/cli.md`, text: cliPage() },
    { path: `${folder}/conditions.md`, text: conditionsPage() },
    {
      path: `${folder}/kubernetes-contract.md`,
      text: contractPage(contractSources(top)),
    },
    { path: `${folder}/metrics.md`, text: metricsPage(metricUses(top)) },
    { path: `${folder}/reasons.md`, text: reasonsPage() },
  ];
}
