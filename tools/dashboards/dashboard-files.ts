import type { GeneratedFile } from '../generated-file.ts';
import { type Dashboard, dashboardJson } from './dashboard.ts';
import { platformDashboard } from './platform.ts';
import { serviceDashboard } from './service.ts';

/** Where they lie; Grafana can be pointed at this folder. */
export const dashboardFolder = 'monitoring/dashboards';

/** The dashboards as Grafana reads them. */
export function dashboardFiles(): GeneratedFile[] {
  return [platformDashboard(), serviceDashboard()].map(dashboardFile);
}

function dashboardFile(dashboard: Dashboard): GeneratedFile {
  const text = `${JSON.stringify(dashboardJson(dashboard), null, 2)}\n`;
  return { path: `${dashboardFolder}/${dashboard.uid}.json`, text };
}
