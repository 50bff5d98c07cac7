/** Integers as the provider writes decimals. The last digits come from tables: this runs for every cell of every bar. */

const fourDigits = Array.from({ length: 10_000 }, (_, n) => String(n + 10_000).slice(1));
const twoDigits = Array.from({ length: 100 }, (_, n) => String(n + 100).slice(1));

/** 0.0001 units: `15020000` is `1502.0000`. */
export function fourDecimals(units: number): string {
  if (units < 0) return `-${fourDecimals(-units)}`;
  const rest = units % 10_000;
  return `${(units - rest) / 10_000}.${fourDigits[rest]}`;
}

/** 0.000001 units. */
export function sixDecimals(units: number): string {
  if (units < 0) return `-${sixDecimals(-units)}`;
  const low = units % 100;
  return fourDecimals((units - low) / 100) + (twoDigits[low] as string);
}

/** A price in 0.0001 yuan times a factor in 0.000001, exactly, with ten decimals. */
export function tenDecimals(price: number, factor: number): string {
  const product = price * factor;
  const low = product % 1_000_000;
  return fourDecimals((product - low) / 1_000_000) + String(low + 1_000_000).slice(1);
}

/** A ratio rounded to six decimals. */
export function ratio(value: number): string {
  return sixDecimals(Math.round(value * 1_000_000));
}

/** A ratio rounded to four decimals and written with six, as turnover and change are. */
export function percent(value: number): string {
  return `${fourDecimals(Math.round(value * 10_000))}00`;
}
