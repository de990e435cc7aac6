/** How a panel shows what it asks. */
export type PanelKind = 'stat' | 'timeseries' | 'bargauge' | 'state-timeline';

/** One panel, as far as panels differ. */
export type Panel = {
  readonly kind: PanelKind;
  readonly title: string;
  /** What a reader should know beyond the title. */
  readonly says: string;
  /** Grafana's name of it. */
  readonly unit: string;
  /** Of 24 columns. */
  readonly width: number;
  /** Expressions by how their series are called: `{{pool}} {{family}}`. */
  readonly asks: Readonly<Record<string, string>>;
  /** From which value on it is bad, and below which; without them nothing is. */
  readonly badFrom?: number;
  readonly badBelow?: number;
  readonly max?: number;
  readonly isStacked?: true;
};

type Common = 'title' | 'says' | 'asks';
type Rest = 'width' | 'unit' | 'isStacked' | 'badFrom' | 'badBelow' | 'max';

/** How something went over time; four stand in a line. */
export function lines(panel: Pick<Panel, Common> & Partial<Pick<Panel, Rest>>): Panel {
  return { kind: 'timeseries', unit: 'short', width: 6, ...panel };
}

/** One figure; six stand in a line. */
export function stat(panel: Pick<Panel, Common> & Partial<Pick<Panel, Rest>>): Panel {
  return { kind: 'stat', unit: 'short', width: 4, ...panel };
}

/** A heading and the panels below it. */
export type Section = { readonly title: string; readonly panels: readonly Panel[] };

/** JSON as Grafana reads it. */
export type Json = Readonly<Record<string, unknown>>;

/** Whoever looks at a dashboard chooses where its figures come from. */
export const datasource: Json = { type: 'prometheus', uid: '$datasource' };

/** All of a panel but its id and place. */
export function panelJson(panel: Panel): Json {
  const { kind, title, says, asks } = panel;
  return {
    ...{ type: kind, title, description: says, datasource },
    fieldConfig: { defaults: fieldDefaults(panel), overrides: [] },
    options: options[kind],
    targets: Object.entries(asks).map(([legend, expr], index) => ({
      ...target(kind, index),
      ...{ expr, legendFormat: legend },
    })),
  };
}

function target(kind: PanelKind, index: number): Json {
  const refId = String.fromCharCode('A'.charCodeAt(0) + index);
  // A bar is how things are now.
  const isInstant = kind === 'bargauge';
  return { refId, datasource, editorMode: 'code', instant: isInstant, range: !isInstant };
}

function fieldDefaults(panel: Panel): Json {
  const { kind, unit, max, isStacked } = panel;
  const color = { mode: kind === 'timeseries' ? 'palette-classic' : 'thresholds' };
  return {
    ...{ unit, min: 0, color, thresholds: { mode: 'absolute', steps: steps(panel) } },
    ...(max !== undefined && { max }),
    ...(kind === 'timeseries' && { custom: drawing(isStacked === true) }),
  };
}

function steps({ badFrom, badBelow }: Panel): Json[] {
  const good = 'green';
  const bad = 'red';
  return [
    { color: badBelow === undefined ? good : bad, value: null },
    ...(badBelow === undefined ? [] : [{ color: good, value: badBelow }]),
    ...(badFrom === undefined ? [] : [{ color: bad, value: badFrom }]),
  ];
}

function drawing(isStacked: boolean): Json {
  return {
    ...{ drawStyle: 'line', lineWidth: 1, fillOpacity: isStacked ? 40 : 10, showPoints: 'never' },
    stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
  };
}

const reduceOptions = { calcs: ['lastNotNull'], fields: '', values: false };

const options: Readonly<Record<PanelKind, Json>> = {
  stat: {
    ...{ reduceOptions, colorMode: 'background', graphMode: 'area', textMode: 'auto' },
    ...{ justifyMode: 'auto', orientation: 'auto' },
  },
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  bargauge: {
    ...{ reduceOptions, displayMode: 'basic', orientation: 'horizontal', valueMode: 'color' },
    showUnfilled: true,
  },
  'state-timeline': {
    ...{ mergeValues: true, showValue: 'never', alignValue: 'left', rowHeight: 0.9 },
    legend: { displayMode: 'list', placement: 'bottom', showLegend: false, calcs: [] },
    tooltip: { mode: 'single', sort: 'none' },
  },
};
