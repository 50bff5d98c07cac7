/** The words that `chart` is asked with. Without the driver, so that a prompt stands before it is loaded. */

export const chartPeriods = ['d', 'w', 'm', '5', '15', '30', '60'] as const;
export type ChartPeriod = (typeof chartPeriods)[number];

export const adjusts = ['qfq', 'hfq', 'none'] as const;
export type Adjust = (typeof adjusts)[number];

/** How a result is drawn. */
export const marks = ['line', 'bar', 'histogram', 'scatter'] as const;
export type Mark = (typeof marks)[number];

export function isChartPeriod(text: string): text is ChartPeriod {
  return (chartPeriods as readonly string[]).includes(text);
}

export function isAdjust(text: string): text is Adjust {
  return (adjusts as readonly string[]).includes(text);
}
