/** A result as a plot: lines or points over numbers or time, bars over categories, a histogram of one column. */
import { bin } from 'd3-array';

export interface PlotSeries {
  readonly name: string;
  /** Time in ms where the axis is one. A y that is not finite is a gap in a line. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface PointChart {
  readonly mark: 'line' | 'scatter';
  readonly title: string;
  readonly x: { readonly name: string; readonly kind: 'number' | 'time' };
  readonly y: { readonly name: string };
  readonly series: readonly PlotSeries[];
}

export interface Bar {
  readonly label: string;
  readonly value: number;
}

export interface BarChart {
  readonly mark: 'bar' | 'histogram';
  readonly title: string;
  readonly x: { readonly name: string };
  readonly y: { readonly name: string };
  readonly bars: readonly Bar[];
}

export type PlotChart = PointChart | BarChart;

export function isPoints(chart: PlotChart): chart is PointChart {
  return chart.mark === 'line' || chart.mark === 'scatter';
}

/** Values counted in bins with round ends. */
export function histogram(title: string, name: string, values: readonly number[], wanted = 12): BarChart {
  const finite = values.filter(Number.isFinite);
  const bins = bin().thresholds(wanted)(finite as number[]);
  return {
    mark: 'histogram',
    title,
    x: { name },
    y: { name: 'rows' },
    bars: bins.map(({ x0, x1, length }) => ({ label: `${rounded(x0)} … ${rounded(x1)}`, value: length })),
  };
}

function rounded(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(8)));
}

/** Every finite coordinate of one axis. */
export function* coordinates(series: readonly PlotSeries[], axis: 0 | 1): Generator<number> {
  for (const { points } of series) {
    for (const point of points) if (Number.isFinite(point[0]) && Number.isFinite(point[1])) yield point[axis];
  }
}

/** The one place along the axis where all points are; null where there are several. */
export function onlyPlace(series: readonly PlotSeries[]): number | null {
  const places = new Set(coordinates(series, 0));
  const [only] = places;
  return only !== undefined && places.size === 1 ? only : null;
}

/** An instant of an axis: the day, with the minute where the axis spans less than four days. */
export function instantLabel(ms: number, span: number): string {
  const text = new Date(ms).toISOString();
  return span < 4 * 86_400_000 ? text.slice(5, 16).replace('T', ' ') : text.slice(0, 10);
}
