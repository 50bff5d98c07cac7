/** Plots as lines of a terminal: dots of braille for lines and points, bars along the rows for categories. */

import { count } from '../output/amounts.ts';
import { cellWidth, cutCells, padEndCells } from '../output/cells.ts';
import { glyphsOf } from '../output/glyphs.ts';
import type { Line, Role, Screen, Span } from '../output/line.ts';
import { shown } from '../output/shown.ts';
import { cutLine, indent, joined, roomOf, span, wrapLine } from '../output/spans.ts';
import { bounded } from './candle-lines.ts';
import { marksOf } from './marks.ts';
import {
  type BarChart,
  coordinates,
  instantLabel,
  isPoints,
  onlyPlace,
  type PlotChart,
  type PointChart,
} from './plot.ts';
import { scaleOf, ticksOf } from './scale.ts';

const seriesRoles: readonly Role[] = ['accent', 'warn', 'keyword', 'string', 'plain', 'up'];
const letters = 'abcdefghijklmnopqrstuvwxyz';

export interface PlotOptions {
  /** Rows in all; default: half a window. */
  readonly rows?: number;
}

export function plotLines(chart: PlotChart, given: Screen, options: PlotOptions = {}): Line[] {
  const screen = bounded(given);
  const rows = options.rows ?? (Number.isFinite(screen.rows) ? Math.max(6, Math.floor(screen.rows / 2)) : 18);
  return isPoints(chart) ? pointLines(chart, screen, rows) : barLines(chart, screen, rows);
}

function pointLines(chart: PointChart, screen: Screen, rows: number): Line[] {
  const { series, x, y } = chart;
  const height = Math.max(1, rows - 2);
  const yScale = scaleOf(coordinates(series, 1), height * 4);
  const xs = scaleOf(coordinates(series, 0), 2);
  if (!yScale || !xs) {
    const why = 'no values to draw: every row has a NULL in one of the columns';
    return wrapLine([indent, span(why, 'dim')], roomOf(screen), 2).slice(0, rows);
  }
  const labels = ticksOf(yScale, Math.max(2, Math.floor(height / 2)));
  const margin = 2 + Math.max(3, ...labels.map(({ label }) => label.length)) + 2;
  const columns = Math.max(1, roomOf(screen) - margin);
  const xScale = scaleOf(coordinates(series, 0), columns * 2) ?? xs;
  const lettered = series.length > 1 && (screen.colour === false || !marksOf(screen).braille);
  const canvas = new Canvas(columns, height, lettered || !marksOf(screen).braille);
  for (const [index, { points }] of series.entries()) {
    let before: readonly [number, number] | null = null;
    for (const [px, py] of points) {
      if (!Number.isFinite(px) || !Number.isFinite(py)) {
        before = null;
        continue;
      }
      const at = [xScale.at(px), height * 4 - 1 - yScale.at(py)] as const;
      if (chart.mark === 'line' && before) canvas.line(before, at, index);
      else canvas.dot(at[0], at[1], index);
      before = at;
    }
  }
  const rowOf = (value: number): number => Math.floor((height * 4 - 1 - yScale.at(value)) / 4);
  const byRow = new Map(labels.map(({ value, label }) => [rowOf(value), label]));
  const marks = marksOf(screen);
  const legend = series.length > 1 ? series.map(({ name }, index) => legendOf(name, index, lettered)) : [];
  const { dot } = glyphsOf(screen);
  const head = joined(
    [[span(shown(chart.title), 'bold')], [span(`${shown(y.name)} by ${shown(x.name)}`, 'dim')], ...legend],
    dot,
  );
  const lines: Line[] = [cutLine([indent, ...head], roomOf(screen), glyphsOf(screen).ellipsis)];
  for (let row = 0; row < height; row++) {
    const label = byRow.get(row);
    const axis = `${(label ?? '').padStart(margin - 2)} ${label === undefined ? marks.axis : marks.tick}`;
    lines.push([span(axis, 'dim'), ...canvas.row(row)]);
  }
  lines.push([span(' '.repeat(margin) + xLabels(chart, xScale, columns), 'dim')]);
  return lines;
}

function legendOf(name: string, index: number, lettered: boolean): Line {
  const letter = letters[index % letters.length] ?? '*';
  return [
    span(lettered ? `${letter} ${shown(name)}` : shown(name), seriesRoles[index % seriesRoles.length] ?? 'plain'),
  ];
}

function xLabels({ x, series }: PointChart, { low, high }: { low: number; high: number }, columns: number): string {
  const write = (value: number): string =>
    x.kind === 'time' ? instantLabel(value, high - low) : String(Number(value.toPrecision(6)));
  const only = onlyPlace(series);
  if (only !== null) {
    const text = write(only);
    return text.length > columns ? '' : ' '.repeat(Math.floor((columns - text.length) / 2)) + text;
  }
  const [first, last] = [write(low), write(high)];
  const wanted = Math.max(2, Math.floor(columns / 24) + 1);
  const cells = Array.from({ length: columns }, () => ' ');
  let free = 0;
  const place = (text: string, at: number): void => {
    const start = Math.max(0, Math.min(at, columns - text.length));
    if (start < free || start + text.length > columns) return;
    for (const [step, character] of [...text].entries()) cells[start + step] = character;
    free = start + text.length + 2;
  };
  place(first, 0);
  for (let index = 1; index < wanted - 1; index++) {
    const share = index / (wanted - 1);
    const text = write(low + (high - low) * share);
    if (Math.round(share * (columns - 1)) + text.length + 2 < columns - last.length)
      place(text, Math.round(share * (columns - 1)));
  }
  place(last, columns - last.length);
  return cells.join('').trimEnd();
}

/** Cells of two by four dots; the series that drew in a cell last gives it its colour. */
class Canvas {
  private readonly dots: Uint8Array;
  private readonly owners: Int16Array;
  private readonly columns: number;
  private readonly rows: number;
  private readonly plain: boolean;

  constructor(columns: number, rows: number, plain: boolean) {
    this.columns = columns;
    this.rows = rows;
    this.plain = plain;
    this.dots = new Uint8Array(columns * rows);
    this.owners = new Int16Array(columns * rows).fill(-1);
  }

  dot(x: number, y: number, series: number): void {
    const [column, row] = [x >> 1, y >> 2];
    if (column < 0 || row < 0 || column >= this.columns || row >= this.rows) return;
    const at = row * this.columns + column;
    this.dots[at] = (this.dots[at] ?? 0) | (braille[y & 3]?.[x & 1] ?? 0);
    this.owners[at] = series;
  }

  line([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number], series: number): void {
    const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
    for (let step = 0; step <= steps; step++) {
      this.dot(Math.round(x0 + ((x1 - x0) * step) / steps), Math.round(y0 + ((y1 - y0) * step) / steps), series);
    }
  }

  row(row: number): Span[] {
    const spans: Span[] = [];
    for (let column = 0; column < this.columns; column++) {
      const at = row * this.columns + column;
      const owner = this.owners[at] ?? -1;
      const mask = this.dots[at] ?? 0;
      const text =
        owner < 0 ? ' ' : this.plain ? (letters[owner % letters.length] ?? '*') : String.fromCharCode(0x2800 + mask);
      const role = owner < 0 ? undefined : seriesRoles[owner % seriesRoles.length];
      const last = spans.at(-1);
      if (last && (last.role === role || owner < 0)) spans[spans.length - 1] = { ...last, text: last.text + text };
      else spans.push(span(text, role));
    }
    const last = spans.at(-1);
    if (last) spans[spans.length - 1] = { ...last, text: last.text.trimEnd() };
    return spans;
  }
}

const braille = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

function barLines(chart: BarChart, screen: Screen, rows: number): Line[] {
  const { bars, x, y, title } = chart;
  const { dot, ellipsis } = glyphsOf(screen);
  const room = roomOf(screen);
  const head = cutLine(
    [indent, ...joined([[span(shown(title), 'bold')], [span(`${shown(y.name)} by ${shown(x.name)}`, 'dim')]], dot)],
    room,
    ellipsis,
  );
  const seen = chart.mark === 'histogram' ? bars : bars.slice(0, Math.max(1, rows - 2));
  if (seen.length === 0) return [head, [indent, span('no values to draw', 'dim')]];
  const texts = seen.map(({ value }) => (Number.isFinite(value) ? String(Number(value.toPrecision(8))) : 'NULL'));
  const labelRoom = Math.max(
    4,
    Math.min(Math.floor(room / 3), Math.max(...seen.map(({ label }) => cellWidth(shown(label))))),
  );
  const valueRoom = Math.max(...texts.map(text => text.length));
  const width = Math.max(1, room - 2 - labelRoom - 2 - valueRoom - 2);
  const most = Math.max(0, ...seen.map(({ value }) => Math.abs(value)).filter(Number.isFinite));
  const lines: Line[] = [head];
  for (const [index, { label, value }] of seen.entries()) {
    const name = padEndCells(cutCells(shown(label), labelRoom, ellipsis), labelRoom);
    lines.push([
      indent,
      span(name),
      span('  '),
      span((texts[index] ?? '').padStart(valueRoom), 'number'),
      span('  '),
      span(
        along(most > 0 && Number.isFinite(value) ? Math.abs(value) / most : 0, width, screen),
        value < 0 ? 'down' : 'accent',
      ),
    ]);
  }
  if (seen.length < bars.length) lines.push([indent, span(`${count(bars.length - seen.length)} more`, 'dim')]);
  return lines;
}

/** A bar along a row for a share of 0..1. */
function along(share: number, width: number, screen: Screen): string {
  const { full, parts } = marksOf(screen);
  const steps = parts.length + 1;
  const filled = Math.round(share * width * steps);
  const text = full.repeat(Math.floor(filled / steps)) + (parts[(filled % steps) - 1] ?? '');
  return text === '' && share > 0 ? (parts[0] ?? full) : text;
}
