/**
 * Candles laid out for a window: which ones are seen, how wide each is, where prices and dates stand. Rows of halves: each
 * cell shows two levels of price. The same layout serves the chart in the scrollback and the one over the whole window.
 */
import { type Candle, grouped, isPriced, lastOfGroups, movingAverage } from './candle.ts';
import { type Scale, scaleOf } from './scale.ts';

export const averageLengths = [5, 20] as const;

export interface CandleChart {
  readonly code: string;
  readonly name: string | null;
  /** `daily`, `weekly`, `5 min` … */
  readonly period: string;
  readonly adjust: 'none' | 'qfq' | 'hfq';
  /** Oldest first; more than a window shows where there are more. */
  readonly candles: readonly Candle[];
  /** The range was asked for: all of it is shown, put together where it must be. False: as many as fit. */
  readonly whole: boolean;
}

/** What of the chart is seen. */
export interface Window {
  /** Columns a candle takes, with the blank after it: 1 … 4. */
  readonly pitch: number;
  /** Bars put together to one candle. */
  readonly group: number;
  /** Candles hidden after the last one shown. */
  readonly skip: number;
}

export interface LaidOut {
  readonly candles: readonly Candle[];
  /** By length, for each candle shown. */
  readonly averages: readonly (readonly (number | null)[])[];
  readonly pitch: number;
  readonly group: number;
  readonly skip: number;
  readonly scale: Scale | null;
  /** Highest volume among them. */
  readonly volume: number;
}

/** The window of a chart that nobody has moved. */
export function firstWindow({ candles, whole }: CandleChart, columns: number): Window {
  const fits = Math.max(1, Math.floor((columns + 1) / 2));
  if (!whole || candles.length <= fits) return { pitch: 2, group: 1, skip: 0 };
  return { pitch: 1, group: Math.max(1, Math.ceil(candles.length / Math.max(1, columns))), skip: 0 };
}

/** @param columns cells for candles; @param rows rows for prices, two levels each. */
export function layOut(chart: CandleChart, { pitch, group, skip }: Window, columns: number, rows: number): LaidOut {
  const shown = Math.max(1, Math.floor((columns + pitch - 1) / pitch));
  const all = grouped(chart.candles, group);
  const end = Math.max(1, all.length - skip);
  const start = Math.max(0, end - shown);
  const candles = all.slice(start, end);
  const averages = averageLengths.map(length =>
    lastOfGroups(movingAverage(chart.candles, length), group).slice(start, end),
  );
  const prices = candles.filter(isPriced).flatMap(({ high, low }) => [high, low]);
  return {
    candles,
    averages,
    pitch,
    group,
    skip,
    scale: scaleOf(prices, rows * 2),
    volume: Math.max(0, ...candles.map(({ volume }) => volume)),
  };
}

/** Windows from the farthest to the nearest, as zooming goes through them. */
export const zooms: readonly Pick<Window, 'pitch' | 'group'>[] = [
  ...[40, 20, 10, 5, 3, 2].map(group => ({ pitch: 1, group })),
  ...[1, 2, 3, 4].map(pitch => ({ pitch, group: 1 })),
];
