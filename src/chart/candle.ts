/** Bars as candles, and candles put together where a window has fewer columns than there are bars. Pure functions. */

export interface Candle {
  /** First and last day or minute that it stands for: `2026-11-20`, `2026-11-20 10:30`. */
  readonly from: string;
  readonly to: string;
  /** Yuan in the chart's adjustment; null where no price is known. */
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number | null;
  /** Reference for the change of the bar: the close before it, less what went ex. */
  readonly preClose: number | null;
  /** Shares. */
  readonly volume: number;
  /** Something went ex in it. */
  readonly isEx: boolean;
  /** No trading in all of it. */
  readonly isSuspended: boolean;
}

/** A candle with prices. */
export interface PricedCandle extends Candle {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

export function isPriced(candle: Candle): candle is PricedCandle {
  return candle.open !== null && candle.high !== null && candle.low !== null && candle.close !== null;
}

/** Whether the body rises. A bar that ends where it began counts by its change. */
export function rises({ open, close, preClose }: PricedCandle): boolean {
  return close === open ? close >= (preClose ?? open) : close > open;
}

/** Percent, against the reference; null where there is none. */
export function change({ close, preClose }: Candle): number | null {
  return close === null || preClose === null || preClose === 0 ? null : (close / preClose - 1) * 100;
}

/**
 * Every `size` candles as one, counted from the newest, so that it is whole; the oldest may stand for fewer. Suspended and
 * unknown ones give no price where others do.
 */
export function grouped(candles: readonly Candle[], size: number): readonly Candle[] {
  if (size <= 1) return candles;
  const groups: Candle[] = [];
  for (let end = candles.length; end > 0; end -= size) {
    groups.push(together(candles.slice(Math.max(0, end - size), end)));
  }
  return groups.reverse();
}

function together(candles: readonly Candle[]): Candle {
  const priced = candles.filter(isPriced);
  const traded = priced.filter(({ isSuspended }) => !isSuspended);
  const used = traded.length > 0 ? traded : priced;
  return {
    from: candles[0]?.from ?? '',
    to: candles.at(-1)?.to ?? '',
    open: used[0]?.open ?? null,
    high: used.length > 0 ? Math.max(...used.map(({ high }) => high)) : null,
    low: used.length > 0 ? Math.min(...used.map(({ low }) => low)) : null,
    close: used.at(-1)?.close ?? null,
    preClose: used[0]?.preClose ?? null,
    volume: candles.reduce((sum, { volume }) => sum + volume, 0),
    isEx: candles.some(({ isEx }) => isEx),
    isSuspended: candles.every(({ isSuspended }) => isSuspended),
  };
}

/** Mean of the last `length` closes at each candle; null until there are as many, and where one of them is unknown. */
export function movingAverage(candles: readonly Candle[], length: number): readonly (number | null)[] {
  const closes = candles.map(({ close }) => close);
  return closes.map((_, index) => {
    if (index + 1 < length) return null;
    let sum = 0;
    for (let at = index - length + 1; at <= index; at++) {
      const close = closes[at];
      if (close === null || close === undefined) return null;
      sum += close;
    }
    return sum / length;
  });
}

/** The value of each group's last candle, as `grouped` makes them. */
export function lastOfGroups<T>(values: readonly T[], size: number): readonly T[] {
  if (size <= 1) return values;
  const kept: T[] = [];
  for (let end = values.length; end > 0; end -= size) kept.push(values[end - 1] as T);
  return kept.reverse();
}
