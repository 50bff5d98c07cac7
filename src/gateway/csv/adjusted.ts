/** Adjusted prices from raw cells and factors, exactly: a price times a six-decimal factor, with ten decimals. */
import type { AdjustFlag, Row, Series } from '../market.ts';

const prices = new Set(['open', 'high', 'low', 'close', 'preclose']);

/** A decimal as an integer of 10^-scale units. */
function units(text: string, scale: number): bigint {
  const [whole = '0', part = ''] = text.split('.');
  return BigInt(whole + part.slice(0, scale).padEnd(scale, '0'));
}

export function timesFactor(price: string, factor: string): string {
  if (price === '') return '';
  const product = units(price, 4) * units(factor, 6);
  const text = String(product).padStart(11, '0');
  return `${text.slice(0, -10)}.${text.slice(-10)}`;
}

/**
 * Raw bars as adjusted ones. `factors` are rows of code, ex-date, fore, back, ascending: the newest not after a day is its
 * factor; before the first, hfq is raw and qfq is divided by the newest back factor.
 */
export function adjusted(raw: Series, factors: readonly Row[], adjust: AdjustFlag): Series {
  if (adjust === '3') return raw;
  const column = adjust === '1' ? 3 : 2;
  const newestBack = Number(factors.at(-1)?.[3] ?? 1);
  const before = adjust === '1' ? '1.000000' : (1 / newestBack).toFixed(6);
  const scaled = raw.columns.map(name => prices.has(name));
  const flag = raw.columns.indexOf('adjustflag');
  const factorOn = (date: string): string => {
    for (let i = factors.length - 1; i >= 0; i--) {
      const row = factors[i] as Row;
      if ((row[1] as string) <= date) return row[column] as string;
    }
    return before;
  };
  return {
    columns: raw.columns,
    length: raw.length,
    dateAt: index => raw.dateAt(index),
    row: index => {
      const factor = factorOn(raw.dateAt(index));
      return raw.row(index).map((cell, i) => (i === flag ? adjust : scaled[i] ? timesFactor(cell, factor) : cell));
    },
  };
}
