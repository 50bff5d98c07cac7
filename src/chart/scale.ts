/** A range of values on a range of rows or columns, with round numbers along it. */
import { tickIncrement, ticks } from 'd3-array';

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Position of a value: 0 at `low`, `steps - 1` at `high`, whole. */
  at(value: number): number;
}

/** Scale over the values; a single value gets room around it. Null when there is no finite value. */
export function scaleOf(values: Iterable<number>, steps: number): Scale | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return null;
  if (low === high) {
    const room = Math.abs(low) / 100 || 1;
    low -= room;
    high += room;
  }
  const last = Math.max(1, steps - 1);
  return {
    low,
    high,
    at: value => Math.min(last, Math.max(0, Math.round(((value - low) / (high - low)) * last))),
  };
}

export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** About `wanted` round values between the ends, all written with the same decimals. */
export function ticksOf({ low, high }: Pick<Scale, 'low' | 'high'>, wanted: number): readonly Tick[] {
  const values = ticks(low, high, Math.max(1, wanted));
  const step = tickIncrement(low, high, Math.max(1, wanted));
  // A negative increment is the inverse of the step: -4 stands for a quarter.
  const size = step < 0 ? 1 / -step : step;
  const decimals = decimalsOf(size);
  const big = Math.max(Math.abs(low), Math.abs(high));
  return values.map(value => ({ value, label: labelOf(value, decimals, big) }));
}

function decimalsOf(step: number): number {
  const [digits = '', exponent] = String(Number(step.toPrecision(6))).split('e-');
  return exponent === undefined ? (digits.split('.')[1]?.length ?? 0) : Number(exponent);
}

const units = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
] as const;

/** From ten millions on in units, so that an axis stays narrow. */
function labelOf(value: number, decimals: number, big: number): string {
  for (const [size, unit] of units) {
    if (big >= 10 * size || (unit === 'M' && big >= 1e7)) return `${Number((value / size).toPrecision(4))}${unit}`;
  }
  return value.toFixed(decimals);
}
