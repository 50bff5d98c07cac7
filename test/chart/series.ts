/** Candles for tests, as short as they can be written. */
import type { Candle } from '../../src/chart/candle.ts';
import type { CandleChart } from '../../src/chart/candle-chart.ts';

/** The n-th day from 2024-01-01 on, weekends and all. */
export function day(n: number): string {
  return new Date(Date.UTC(2024, 0, 1 + n)).toISOString().slice(0, 10);
}

export function candle(n: number, change: Partial<Candle> = {}): Candle {
  const at = day(n);
  const close = 10 + Math.sin(n / 7) * 3 + n / 100;
  const open = 10 + Math.sin((n - 1) / 7) * 3 + (n - 1) / 100;
  return {
    from: at,
    to: at,
    open,
    high: Math.max(open, close) + 0.2,
    low: Math.min(open, close) - 0.2,
    close,
    preClose: open,
    volume: 1000 + (n % 13) * 100,
    isEx: false,
    isSuspended: false,
    ...change,
  };
}

export function chartOf(candles: readonly Candle[], whole = true): CandleChart {
  return { code: 'sh.600519', name: '贵州茅台', period: 'daily', adjust: 'qfq', candles, whole };
}

export function many(count: number): Candle[] {
  return Array.from({ length: count }, (_, n) => candle(n));
}
