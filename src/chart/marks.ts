/**
 * The marks that charts are drawn with. Box drawing and blocks are of ambiguous width in many terminals of Chinese readers;
 * where they are, the ASCII twins stand for them.
 */
import type { Screen } from '../output/line.ts';

/** What the upper or lower half of a cell holds. */
export const nothing = 0;
export const wick = 1;
export const body = 2;
export type Half = typeof nothing | typeof wick | typeof body;

export interface ChartMarks {
  /** A cell of a candle by its halves. */
  candle(upper: Half, lower: Half, hollow: boolean): string;
  /** Columns from none to full, at least two. */
  readonly columns: readonly string[];
  /** Bars along a row: the full cell, then its parts from an eighth up. */
  readonly full: string;
  readonly parts: readonly string[];
  readonly axis: string;
  readonly tick: string;
  readonly exDate: string;
  /** The shorter and the longer moving average, where no candle stands. */
  readonly averages: readonly [string, string];
  readonly cross: string;
  /** Points of a plot are dots of braille. */
  readonly braille: boolean;
}

const boxes = [
  [' ', '╷', '╻'],
  ['╵', '│', '╽'],
  ['╹', '╿', '┃'],
] as const;

const drawn: ChartMarks = {
  candle: (upper, lower, hollow) => (hollow && upper === body && lower === body ? '║' : boxes[upper][lower]),
  columns: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  full: '█',
  parts: ['▏', '▎', '▍', '▌', '▋', '▊', '▉'],
  axis: '│',
  tick: '┤',
  exDate: 'x',
  averages: ['·', '╌'],
  cross: '┊',
  braille: true,
};

const twins: ChartMarks = {
  candle: (upper, lower, hollow) =>
    upper === body || lower === body ? (hollow ? 'H' : '#') : upper === wick || lower === wick ? '|' : ' ',
  columns: [' ', '_', '.', '-', '=', '#'],
  full: '#',
  parts: [],
  axis: '|',
  tick: '+',
  exDate: 'x',
  averages: ['.', '-'],
  cross: ':',
  braille: false,
};

export function marksOf(screen: Pick<Screen, 'glyphs'>): ChartMarks {
  return screen.glyphs ? drawn : twins;
}

/** A column of `height` rows, top first, for a share of 0..1 of the full one; something above nothing shows at least a foot. */
export function column(share: number, height: number, { columns }: ChartMarks): string[] {
  const steps = columns.length - 1;
  const filled = share > 0 ? Math.max(1, Math.round(share * height * steps)) : 0;
  return Array.from({ length: height }, (_, row) => {
    const above = filled - (height - 1 - row) * steps;
    return columns[Math.min(steps, Math.max(0, above))] ?? ' ';
  });
}
