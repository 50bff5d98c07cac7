/** Integers as the provider writes decimals. */

/** 0.0001 units: `15020000` is `1502.0000`. */
export function fourDecimals(units: number): string {
  const sign = units < 0 ? '-' : '';
  const size = Math.abs(units);
  const rest = size % 10_000;
  return `${sign}${(size - rest) / 10_000}.${String(rest + 10_000).slice(1)}`;
}

/** 0.000001 units. */
export function sixDecimals(units: number): string {
  const sign = units < 0 ? '-' : '';
  const size = Math.abs(units);
  const rest = size % 1_000_000;
  return `${sign}${(size - rest) / 1_000_000}.${String(rest + 1_000_000).slice(1)}`;
}

/** A price in 0.0001 yuan times a factor in 0.000001, exactly, with ten decimals. */
export function tenDecimals(price: number, factor: number): string {
  const product = price * factor;
  const rest = product % 10_000_000_000;
  return `${(product - rest) / 10_000_000_000}.${String(rest + 10_000_000_000).slice(1)}`;
}

/** A ratio rounded to six decimals. */
export function ratio(value: number): string {
  return sixDecimals(Math.round(value * 1_000_000));
}

/** A ratio rounded to four decimals and written with six, as turnover and change are. */
export function percent(value: number): string {
  return sixDecimals(Math.round(value * 10_000) * 100);
}
