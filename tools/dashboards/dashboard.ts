import { datasource, type Json, type Panel, panelJson, type Section } from './panel.ts';

/** A variable that is asked of Prometheus, as `label_values(metric, label)`. */
export type Variable = {
  readonly name: string;
  readonly title: string;
  readonly query: string;
  /** Several at once, or all; else exactly one. */
  readonly isMany: boolean;
};

/** A dashboard, as far as dashboards differ. */
export type Dashboard = {
  /** Also its file's name: links to it stay good. */
  readonly uid: string;
  readonly title: string;
  readonly says: string;
  readonly variables: readonly Variable[];
  readonly sections: readonly Section[];
};

/** Of Grafana 11; a newer one migrates it by itself (today's own is 42). */
const schemaVersion = 39;

/** The JSON that Grafana imports, or reads from a provisioned folder. */
export function dashboardJson({ uid, title, says, variables, sections }: Dashboard): Json {
  return {
    ...{ uid, title, description: says, tags: ['fairlead'], schemaVersion, editable: true },
    ...{ refresh: '30s', time: { from: 'now-6h', to: 'now' }, timezone: 'browser' },
    // One crosshair for all panels: what happened at the same time.
    graphTooltip: 1,
    links: [linkToTheOthers],
    annotations: { list: [firingAlerts] },
    templating: { list: [datasourceVariable, ...variables.map(variableJson)] },
    panels: placed(sections),
  };
}

const linkToTheOthers: Json = {
  ...{ type: 'dashboards', title: 'Fairlead', tags: ['fairlead'], icon: 'external link' },
  tooltip: '',
  ...{ asDropdown: false, includeVars: false, keepTime: true, targetBlank: false },
};

const firingAlerts: Json = {
  ...{ name: 'Alerts', enable: true, iconColor: 'red', datasource },
  expr: 'ALERTS{alertname=~"Fairlead.*", alertstate="firing", severity!="info"}',
  ...{ titleFormat: '{{alertname}}', textFormat: '{{pool}} {{node}} {{namespace}} {{service}}' },
};

const datasourceVariable: Json = {
  ...{ name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
  ...{ refresh: 1, regex: '', multi: false, includeAll: false },
};

function variableJson({ name, title, query, isMany }: Variable): Json {
  return {
    ...{ name, label: title, type: 'query', datasource, definition: query },
    query: { query, refId: name },
    // At every change of the time range: Services come and go.
    ...{ refresh: 2, sort: 1, regex: '', multi: isMany, includeAll: isMany },
    ...(isMany && { allValue: '.*', current: { text: 'All', value: '$__all' } }),
  };
}

const columns = 24;
const heights: Readonly<Record<Panel['kind'], number>> = {
  ...{ stat: 4, timeseries: 8, bargauge: 8, 'state-timeline': 8 },
};

/** Lays the panels out in the order written: from left to right, then the next line. */
function placed(sections: readonly Section[]): Json[] {
  const all: Json[] = [];
  const place = (json: Json, at: { h: number; w: number; x: number; y: number }) =>
    all.push({ id: all.length + 1, ...json, gridPos: at });
  let y = 0;
  for (const { title, panels } of sections) {
    place({ type: 'row', title, collapsed: false, panels: [] }, { h: 1, w: columns, x: 0, y });
    y += 1;
    for (const line of linesOf(panels)) {
      let x = 0;
      const h = Math.max(...line.map(({ kind }) => heights[kind]));
      for (const panel of line) {
        place(panelJson(panel), { h, w: panel.width, x, y });
        x += panel.width;
      }
      y += h;
    }
  }
  return all;
}

function linesOf(panels: readonly Panel[]): Panel[][] {
  const lines: Panel[][] = [];
  let room = 0;
  for (const panel of panels) {
    if (panel.width > room) {
      lines.push([]);
      room = columns;
    }
    lines.at(-1)?.push(panel);
    room -= panel.width;
  }
  return lines;
}
