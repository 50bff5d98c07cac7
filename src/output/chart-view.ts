/** Charts as views: what `chart` shows, and what `--json` prints of it. */
import type { CandleChart } from '../chart/candle-chart.ts';
import { candleLines } from '../chart/candle-lines.ts';
import type { PlotChart } from '../chart/plot.ts';
import { plotLines } from '../chart/plot-lines.ts';
import { candleSvg, plotSvg, type SvgOptions } from '../chart/svg.ts';
import type { Line, Screen } from './line.ts';
import { shown } from './shown.ts';
import { indent, span } from './spans.ts';

export type Chart =
  | { readonly type: 'candles'; readonly of: CandleChart }
  | { readonly type: 'plot'; readonly of: PlotChart };

export interface ChartView {
  readonly kind: 'chart';
  readonly chart: Chart;
  /** Sentences under it. */
  readonly hints: readonly string[];
}

/** Half a window high. */
export function chartLines({ chart, hints }: ChartView, screen: Screen): Line[] {
  const lines = chart.type === 'candles' ? candleLines(chart.of, screen) : plotLines(chart.of, screen);
  return [...lines, ...hints.map(hint => [indent, span(shown(hint), 'dim')])];
}

export function chartSvg({ chart }: ChartView, options: SvgOptions = {}): string {
  return chart.type === 'candles' ? candleSvg(chart.of, options) : plotSvg(chart.of, options);
}

export function chartShape({ chart }: ChartView): Record<string, unknown> {
  if (chart.type === 'plot') return { ...chart.of };
  const { whole: _, ...shape } = chart.of;
  return shape;
}
