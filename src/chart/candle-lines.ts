/** Candles as lines of a terminal: a head, rows of prices with their axis, volume, dates. Never wider than the screen. */

import { glyphsOf } from '../output/glyphs.ts';
import type { Line, Role, Screen, Span } from '../output/line.ts';
import { shown as printable } from '../output/shown.ts';
import { indent, joined, lineWidth, roomOf, span, wrapLine } from '../output/spans.ts';
import { type Candle, change, isPriced, type PricedCandle, rises } from './candle.ts';
import { averageLengths, type CandleChart, firstWindow, type LaidOut, layOut, type Window } from './candle-chart.ts';
import { type DateLabel, dateLabels } from './date-axis.ts';
import { body, type ChartMarks, column, type Half, marksOf, nothing, wick } from './marks.ts';
import { type Scale, type Tick, ticksOf } from './scale.ts';

export interface CandleOptions {
  /** Rows in all, head and axis included; default: half a window. */
  readonly rows?: number;
  readonly window?: Window;
  /** Index among the candles shown that the cross-hair stands on. */
  readonly cross?: number | null;
}

interface Cell {
  readonly text: string;
  readonly role?: Role;
}

/** Cells beside the candles: indent, label, blank, axis. */
function marginOf(labels: readonly Tick[]): number {
  return 2 + Math.max(3, ...labels.map(({ label }) => label.length)) + 2;
}

export interface CandleRoom {
  /** Cells for candles. */
  readonly columns: number;
  /** Rows for prices and for volume. */
  readonly rows: number;
  readonly volumeRows: number;
}

/** How a chart of so many rows is divided. A low window goes without volume, then without dates. */
export function roomFor(screen: Screen, rows: number, labelWidth: number): CandleRoom {
  const volumeRows = rows >= 24 ? 4 : rows >= 16 ? 2 : rows >= 6 ? 1 : 0;
  const dates = rows >= 5 ? 1 : 0;
  return {
    columns: Math.max(1, roomOf(screen) - labelWidth),
    rows: Math.max(1, rows - 1 - volumeRows - dates),
    volumeRows,
  };
}

/** Half a window, at least what shows a shape. */
function usualRows({ rows }: Screen): number {
  return Number.isFinite(rows) ? Math.max(5, Math.min(24, Math.floor(rows / 2) - 1)) : 16;
}

export function bounded(screen: Screen): Screen {
  return Number.isFinite(screen.columns) ? screen : { ...screen, columns: 100 };
}

/** What a chart shows at a size: the cross-hair and the keys need it too. */
export function laidOutFor(chart: CandleChart, given: Screen, options: CandleOptions = {}): LaidOut & CandleRoom {
  const screen = bounded(given);
  const rows = options.rows ?? usualRows(screen);
  // The width of the labels depends on the prices shown, and what is shown on that width: two rounds settle it.
  let room = roomFor(screen, rows, 9);
  let laid = layOut(chart, options.window ?? firstWindow(chart, room.columns), room.columns, room.rows);
  if (laid.scale) {
    room = roomFor(screen, rows, marginOf(labelsOf(laid.scale, room.rows)));
    laid = layOut(chart, options.window ?? firstWindow(chart, room.columns), room.columns, room.rows);
  }
  return { ...laid, ...room };
}

export function candleLines(chart: CandleChart, given: Screen, options: CandleOptions = {}): Line[] {
  const screen = bounded(given);
  if (chart.candles.length === 0) return [[indent, span('no bars in this range', 'dim')]];
  const laid = laidOutFor(chart, screen, options);
  const rows = options.rows ?? usualRows(screen);
  const marks = marksOf(screen);
  const cross = options.cross ?? null;
  const head = headLine(chart, laid, screen, cross);
  if (!laid.scale) {
    const why = span('no prices are known here; factors may be missing: fetch brings them', 'dim');
    return [head, ...wrapLine([indent, why], roomOf(screen), 2)].slice(0, rows);
  }
  const labels = labelsOf(laid.scale, laid.rows);
  const margin = marginOf(labels);
  const byRow = new Map(labels.map(tick => [rowOf(tick.value, laid.scale as Scale, laid.rows), tick.label]));
  const grid = priceGrid(laid, laid.scale, laid.rows, marks, cross, screen.colour === false);
  const lines: Line[] = [head];
  for (const [row, cells] of grid.entries()) {
    const label = byRow.get(row);
    const axis = `${(label ?? '').padStart(margin - 2)} ${label === undefined ? marks.axis : marks.tick}`;
    lines.push(trimmed([span(axis, 'dim'), ...spansOf(cells)]));
  }
  for (const [row, cells] of volumeGrid(laid, laid.volumeRows, marks).entries()) {
    const label = row === laid.volumeRows - 1 ? 'vol' : '';
    lines.push(trimmed([span(`${label.padStart(margin - 2)}  `, 'dim'), ...spansOf(cells)]));
  }
  if (rows >= 5) lines.push(dateLine(laid, margin, marks, cross));
  return lines;
}

function labelsOf(scale: Scale, rows: number): readonly Tick[] {
  const seen = new Set<number>();
  return ticksOf(scale, Math.max(2, Math.floor(rows / 2))).filter(({ value }) => {
    const row = rowOf(value, scale, rows);
    if (seen.has(row)) return false;
    seen.add(row);
    return true;
  });
}

/** Row from the top. */
function rowOf(value: number, scale: Scale, rows: number): number {
  return rows - 1 - Math.floor(scale.at(value) / 2);
}

function priceGrid(
  { candles, averages, pitch, columns }: LaidOut & CandleRoom,
  scale: Scale,
  rows: number,
  marks: ChartMarks,
  cross: number | null,
  hollowRising: boolean,
): Cell[][] {
  const grid: Cell[][] = Array.from({ length: rows }, () => Array.from({ length: columns }, () => ({ text: ' ' })));
  const put = (row: number, at: number, cell: Cell): void => {
    const line = grid[row];
    if (line && at >= 0 && at < columns) line[at] = cell;
  };
  if (cross !== null) {
    for (let row = 0; row < rows; row++) put(row, cross * pitch, { text: marks.cross, role: 'dim' });
  }
  if (rows >= 10) {
    for (const [which, values] of averages.entries()) {
      for (const [index, value] of values.entries()) {
        if (value === null || value < scale.low || value > scale.high) continue;
        for (let step = 0; step < pitch; step++) {
          put(rowOf(value, scale, rows), index * pitch + step, {
            text: marks.averages[which] ?? '.',
            role: which === 0 ? 'dim' : 'accent',
          });
        }
      }
    }
  }
  for (const [index, candle] of candles.entries()) {
    if (!isPriced(candle)) continue;
    const role: Role = candle.isSuspended ? 'dim' : rises(candle) ? 'up' : 'down';
    for (let row = 0; row < rows; row++) {
      const lower = (rows - 1 - row) * 2;
      const [upperHalf, lowerHalf] = [halfOf(candle, lower + 1, scale), halfOf(candle, lower, scale)];
      if (upperHalf === nothing && lowerHalf === nothing) continue;
      const hollow = rises(candle) && (hollowRising || !marks.braille);
      put(row, index * pitch, { text: marks.candle(upperHalf, lowerHalf, hollow), role });
    }
  }
  return grid;
}

function halfOf({ open, high, low, close }: PricedCandle, level: number, scale: Scale): Half {
  if (level < scale.at(low) || level > scale.at(high)) return nothing;
  return level >= scale.at(Math.min(open, close)) && level <= scale.at(Math.max(open, close)) ? body : wick;
}

function volumeGrid(
  { candles, pitch, columns, volume }: LaidOut & CandleRoom,
  rows: number,
  marks: ChartMarks,
): Cell[][] {
  const grid: Cell[][] = Array.from({ length: rows }, () => Array.from({ length: columns }, () => ({ text: ' ' })));
  for (const [index, candle] of candles.entries()) {
    const role: Role = isPriced(candle) && !rises(candle) ? 'down' : 'up';
    for (const [row, text] of column(volume > 0 ? candle.volume / volume : 0, rows, marks).entries()) {
      const line = grid[row];
      if (line && index * pitch < columns) line[index * pitch] = { text, role: candle.isSuspended ? 'dim' : role };
    }
  }
  return grid;
}

/** Dates under their candles, and `x` under those in which something went ex. */
function dateLine(laid: LaidOut & CandleRoom, margin: number, marks: ChartMarks, cross: number | null): Line {
  const { candles, pitch, columns } = laid;
  const cells: Cell[] = Array.from({ length: columns }, () => ({ text: ' ' }));
  for (const [index, { isEx }] of candles.entries()) {
    if (isEx) cells[index * pitch] = { text: marks.exDate, role: 'warn' };
  }
  for (const { at, text } of dateLabels(candles, pitch, columns, cross) satisfies readonly DateLabel[]) {
    for (const [step, character] of [...text].entries()) cells[at + step] = { text: character, role: 'dim' };
  }
  return trimmed([span(' '.repeat(margin)), ...spansOf(cells)]);
}

/** Neighbours of one role as one span. */
function spansOf(cells: readonly Cell[]): Span[] {
  const spans: Span[] = [];
  for (const { text, role } of cells) {
    const last = spans.at(-1);
    if (last && (last.role === role || text === ' ')) spans[spans.length - 1] = { ...last, text: last.text + text };
    else spans.push(text === ' ' ? span(text) : span(text, role));
  }
  return spans;
}

function trimmed(line: readonly Span[]): Line {
  const kept = [...line];
  for (;;) {
    const last = kept.at(-1);
    if (!last) return kept;
    const text = last.text.replace(/ +$/, '');
    if (text !== '') {
      kept[kept.length - 1] = { ...last, text };
      return kept;
    }
    kept.pop();
  }
}

/** What it is, its range, the last close and the averages; under the cross-hair, the bar that it stands on. */
function headLine(chart: CandleChart, laid: LaidOut, screen: Screen, cross: number | null): Line {
  const { dot, to } = glyphsOf(screen);
  const { code, name, period, adjust } = chart;
  const first = laid.candles[0];
  const last = laid.candles.at(-1);
  // Without a cross-hair the newest bar itself is told, not what it was put together with.
  const bar = cross === null ? (laid.skip === 0 ? chart.candles.at(-1) : last) : laid.candles[cross];
  const title = [span(code), ...(name ? [span(' '), span(printable(name), 'bold')] : [])];
  const what = `${period}${adjust === 'none' ? '' : ` ${adjust}`}${laid.group > 1 ? `, ${laid.group} bars a candle` : ''}`;
  const range = first && last ? `${first.from}${to}${last.to}` : '';
  const figures = bar ? figuresOf(bar, laid, cross === null ? laid.candles.length - 1 : cross, cross !== null) : [];
  const tries: readonly Line[][] = [
    [title, [span(what, 'dim')], [span(range, 'dim')]],
    [title, [span(what, 'dim')]],
    [title],
    [[span(code)]],
  ];
  // First the range goes, then the averages, then the words; the price stays to the last.
  for (let kept = figures.length; kept > 0; kept--) {
    for (const parts of kept === figures.length && kept > 2 ? tries.slice(0, 2) : tries) {
      const line = [
        indent,
        ...joined(parts, dot),
        ...figures.slice(0, kept).flatMap(figure => [span('  '), ...figure]),
      ];
      if (lineWidth(line) <= roomOf(screen)) return line;
    }
  }
  return [indent, span(code)];
}

function figuresOf(bar: Candle, { averages }: LaidOut, index: number, whole: boolean): Line[] {
  const price = (value: number | null): string => (value === null ? '-' : value.toFixed(2));
  const percent = change(bar);
  const moved: Line =
    percent === null
      ? []
      : [span(`${percent > 0 ? '+' : ''}${percent.toFixed(2)} %`, percent > 0 ? 'up' : percent < 0 ? 'down' : 'plain')];
  const close: Line = [span(price(bar.close), 'bold')];
  const means = averageLengths.flatMap((length, which): Line[] => {
    const value = averages[which]?.[index];
    return value === null || value === undefined
      ? []
      : [[span(`MA${length} ${value.toFixed(2)}`, which === 0 ? 'dim' : 'accent')]];
  });
  if (!whole) return [close, moved, ...means];
  return [
    [span(bar.from === bar.to ? bar.from : `${bar.from} ~ ${bar.to}`, 'accent')],
    close,
    moved,
    [span(`O ${price(bar.open)}`)],
    [span(`H ${price(bar.high)}`)],
    [span(`L ${price(bar.low)}`)],
    [span(`vol ${bar.volume}`)],
    ...(bar.isSuspended ? [[span('suspended', 'warn')]] : []),
    ...(bar.isEx ? [[span('ex-date', 'warn')]] : []),
    ...means,
  ];
}
