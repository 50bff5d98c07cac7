/** A series in one row of cells: each a column between the lowest and the highest value. Pure. */
import { marksOf } from './marks.ts';

/**
 * At most `cells` wide; where there are more values, each cell shows the last one of its share, so that the newest is seen.
 * A value that is not known leaves a blank. Equal values are drawn half high.
 */
export function sparkline(values: readonly (number | null)[], cells: number, glyphs: boolean): string {
  const known = values.filter(isKnown);
  if (known.length === 0 || cells < 1) return '';
  const steps = marksOf({ glyphs }).columns.slice(1);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of known) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const drawn = Math.min(cells, values.length);
  return Array.from({ length: drawn }, (_, index) => {
    const value = values[Math.ceil(((index + 1) * values.length) / drawn) - 1] ?? null;
    if (!isKnown(value)) return ' ';
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return steps[Math.min(steps.length - 1, Math.floor(share * steps.length))] ?? ' ';
  }).join('');
}

function isKnown(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}
