/** Dates along a chart: as many as stand clear of each other and of the marks of ex-dates. */
import type { Candle } from './candle.ts';

export interface DateLabel {
  /** First cell. */
  readonly at: number;
  readonly text: string;
}

/** Cells from one label's beginning to the next one's. */
const spacing = 20;

/** @param cross the candle whose date must show, whatever is near. */
export function dateLabels(
  candles: readonly Candle[],
  pitch: number,
  columns: number,
  cross: number | null,
): readonly DateLabel[] {
  const write = writerOf(candles);
  const marks = new Set(candles.flatMap(({ isEx }, index) => (isEx ? [index * pitch] : [])));
  const taken: { from: number; to: number }[] = [];
  const labels: DateLabel[] = [];
  const place = (index: number, wanted: number, force: boolean): void => {
    const candle = candles[index];
    if (!candle) return;
    const text = write(candle);
    const at = Math.max(0, Math.min(wanted, columns - text.length));
    const end = at + text.length;
    if (text.length > columns || taken.some(({ from, to }) => at < to + 2 && end + 2 > from)) return;
    if (!force && [...marks].some(mark => mark >= at - 1 && mark <= end)) return;
    taken.push({ from: at, to: end });
    labels.push({ at, text });
  };
  if (cross !== null) place(cross, cross * pitch, true);
  const last = candles.length - 1;
  place(0, 0, true);
  if (last * pitch >= 12) place(last, last * pitch - write(candles[last] as Candle).length + 1, true);
  const step = Math.max(1, Math.round(spacing / pitch));
  for (let index = step; index < last; index += step) place(index, index * pitch, false);
  return labels;
}

/** Day and month where all is near, year and month where it is far; minutes where bars are shorter than a day. */
function writerOf(candles: readonly Candle[]): (candle: Candle) => string {
  const [first, last] = [candles[0]?.to ?? '', candles.at(-1)?.to ?? ''];
  if (first.length > 10) {
    return first.slice(0, 10) === last.slice(0, 10) ? ({ to }) => to.slice(11) : ({ to }) => to.slice(5);
  }
  const years = Number(last.slice(0, 4)) - Number(first.slice(0, 4));
  if (years > 1) return ({ to }) => to.slice(0, 7);
  return years === 1 ? ({ to }) => to : ({ to }) => to.slice(5);
}
