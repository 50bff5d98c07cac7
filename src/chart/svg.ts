/**
 * Charts as SVG text that stands alone: no script, no network, colours that follow the reader's light or dark preference.
 * Every text from data is escaped.
 */

import { isPriced, rises } from './candle.ts';
import { averageLengths, type CandleChart, layOut } from './candle-chart.ts';
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

export interface SvgOptions {
  readonly width?: number;
  readonly height?: number;
  /** Up red and down green (`red-up`, default), or the reverse. */
  readonly rising?: 'red-up' | 'green-up';
}

/** Colours on a light and on a dark ground: lines, then up and down. */
const inks = {
  light: ['#2563eb', '#d97706', '#7c3aed', '#0d9488', '#be185d', '#64748b'],
  dark: ['#6ea8fe', '#f0a94e', '#b794f6', '#4fd1c5', '#f687b3', '#a0aec0'],
} as const;
const reds = { light: '#c8372d', dark: '#ff7b72' } as const;
const greens = { light: '#1a7f4b', dark: '#56d364' } as const;

const style = (rising: SvgOptions['rising']): string => {
  const colours = (ground: 'light' | 'dark'): string => {
    const [up, down] = rising === 'green-up' ? [greens, reds] : [reds, greens];
    const lines = inks[ground].map((ink, at) => `--k${at}:${ink}`).join(';');
    return `--up:${up[ground]};--down:${down[ground]};${lines}`;
  };
  const marks = inks.light.map((_, at) => `.c .s${at}{stroke:var(--k${at})}.c .f${at}{fill:var(--k${at})}`).join('');
  return `<style>
.c{font:12px system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;--ink:#1c1f24;--dim:#6b7280;--line:#e2e5ea;--back:#fff;${colours('light')}}
.c text{fill:var(--dim)}.c .t{fill:var(--ink);font-size:14px;font-weight:600}.c .g{stroke:var(--line)}.c .back{fill:var(--back)}
.c .u{stroke:var(--up);fill:var(--up)}.c .d{stroke:var(--down);fill:var(--down)}.c .h{fill:var(--back)}.c .m{fill:none;stroke-width:1.3}.c .k{stroke-width:2.5}
${marks}
@media (prefers-color-scheme:dark){.c{--ink:#e6e8eb;--dim:#9aa1ac;--line:#2b3038;--back:#16181d;${colours('dark')}}}
</style>`;
};

export function escaped(text: string): string {
  return text
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

const n = (value: number): string => String(Math.round(value * 100) / 100);

/** About how wide a text is, in a sans-serif of that size; ideographs are square. */
function textWidth(text: string, size = 12): number {
  return [...text].reduce((width, character) => width + (character >= '\u2e80' ? 1 : 0.6) * size, 0);
}

/** The text, or as much of its beginning as there is room for. */
function fitted(text: string, room: number, size = 12): string {
  if (textWidth(text, size) <= room) return text;
  let kept = '';
  let width = size;
  for (const character of text) {
    width += textWidth(character, size);
    if (width > room) break;
    kept += character;
  }
  return `${kept}…`;
}

interface Framed {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** Room for the title. */
  readonly room?: number;
}

function framed({ width, height, title, room = width - 32 }: Framed, inner: string, { rising }: SvgOptions): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" class="c" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
${style(rising)}
<rect class="back" width="${width}" height="${height}"/>
<text class="t" x="16" y="24">${escaped(fitted(title, room, 14))}</text>
${inner}
</svg>
`;
}

const sample = 18;

/** A sample of each line with its name, in as many rows as they take. @param from where the first begins, and what all end at. */
function legend(names: readonly string[], from: readonly [x: number, y: number], to: number) {
  const parts: string[] = [];
  let [x, y] = from;
  for (const [index, name] of names.entries()) {
    const text = fitted(name, 200);
    const wide = sample + 6 + textWidth(text);
    if (x > from[0] && x + wide > to) [x, y] = [from[0], y + 18];
    parts.push(
      `<line class="s${index % 6} k" x1="${n(x)}" x2="${n(x + sample)}" y1="${y - 4}" y2="${y - 4}"/>` +
        `<text x="${n(x + sample + 6)}" y="${y}">${escaped(text)}</text>`,
    );
    x += wide + 18;
  }
  return { parts, width: x - 18 - from[0], rows: names.length === 0 ? 0 : (y - from[1]) / 18 + 1 };
}

/** Candles with volume below, moving averages, and a mark at every ex-date. */
export function candleSvg(chart: CandleChart, options: SvgOptions = {}): string {
  const { width = 960, height = 480 } = options;
  const [left, right, top, bottom] = [16, 64, 40, 28];
  const volumeHeight = Math.round(height * 0.16);
  const priceHeight = height - top - bottom - volumeHeight - 12;
  const across = width - left - right;
  const most = Math.max(1, Math.floor(across / 3));
  const group = Math.max(1, Math.ceil(chart.candles.length / most));
  const laid = layOut(chart, { pitch: 1, group, skip: 0 }, most, 1000);
  const title = `${chart.code}${chart.name ? ` ${chart.name}` : ''} · ${chart.period}${chart.adjust === 'none' ? '' : ` ${chart.adjust}`}`;
  if (!laid.scale) return framed({ width, height, title }, `<text x="16" y="48">no prices are known</text>`, options);
  const { low, high } = laid.scale;
  const step = across / Math.max(1, laid.candles.length);
  const x = (index: number): number => left + (index + 0.5) * step;
  const y = (value: number): number => top + (1 - (value - low) / (high - low)) * priceHeight;
  const floor = height - bottom;
  const parts: string[] = [];
  for (const { value, label } of ticksOf(laid.scale, 6)) {
    parts.push(`<line class="g" x1="${left}" x2="${width - right}" y1="${n(y(value))}" y2="${n(y(value))}"/>`);
    parts.push(`<text x="${width - right + 8}" y="${n(y(value) + 4)}">${label}</text>`);
  }
  const body = Math.max(1, Math.min(14, step * 0.7));
  for (const [index, candle] of laid.candles.entries()) {
    const tall = laid.volume > 0 ? (candle.volume / laid.volume) * volumeHeight : 0;
    const side = isPriced(candle) && !rises(candle) ? 'd' : 'u';
    if (tall > 0) {
      parts.push(
        `<rect class="${side}" opacity=".45" stroke="none" x="${n(x(index) - body / 2)}" y="${n(floor - tall)}" width="${n(body)}" height="${n(tall)}"/>`,
      );
    }
    if (candle.isEx)
      parts.push(`<text x="${n(x(index))}" y="${n(top + priceHeight + 10)}" text-anchor="middle">x</text>`);
    if (!isPriced(candle)) continue;
    const [upper, lower] = [y(Math.max(candle.open, candle.close)), y(Math.min(candle.open, candle.close))];
    parts.push(
      `<g class="${side}"><title>${escaped(candle.to)}  O ${candle.open.toFixed(2)} H ${candle.high.toFixed(2)} L ${candle.low.toFixed(2)} C ${candle.close.toFixed(2)}</title>` +
        `<line x1="${n(x(index))}" x2="${n(x(index))}" y1="${n(y(candle.high))}" y2="${n(y(candle.low))}"/>` +
        `<rect${rises(candle) ? ' class="h"' : ''} x="${n(x(index) - body / 2)}" y="${n(upper)}" width="${n(body)}" height="${n(Math.max(0.8, lower - upper))}"/></g>`,
    );
  }
  const averages = laid.averages.map((values, which) =>
    pathsOf(
      values.map((value, index) => [x(index), value === null ? Number.NaN : y(value)]),
      which,
    ),
  );
  parts.push(...averages.flat());
  const drawn = averageLengths.filter((_, which) => (averages[which] ?? []).length > 0).map(length => `MA${length}`);
  const { width: told } = legend(drawn, [0, 0], Number.POSITIVE_INFINITY);
  const names = legend(drawn, [width - right - told, 24], width);
  parts.push(...names.parts);
  parts.push(
    ...dateTexts(
      laid.candles.map(({ to }) => to),
      x,
      height - 8,
    ),
  );
  return framed({ width, height, title, room: width - right - told - 32 }, parts.join('\n'), options);
}

function dateTexts(dates: readonly string[], x: (index: number) => number, y: number): string[] {
  const wanted = Math.min(8, dates.length);
  if (wanted === 0) return [];
  const last = dates.length - 1;
  const indices = new Set(Array.from({ length: wanted }, (_, at) => Math.round((at * last) / Math.max(1, wanted - 1))));
  return [...indices].map(index => {
    const anchor = last === 0 ? 'middle' : index === 0 ? 'start' : index === last ? 'end' : 'middle';
    return `<text x="${n(x(index))}" y="${y}" text-anchor="${anchor}">${escaped(dates[index] ?? '')}</text>`;
  });
}

/** Lines with gaps where a value is not finite; a value between two gaps is a dot. */
function pathsOf(points: readonly (readonly [number, number])[], index: number): string[] {
  const paths: string[] = [];
  let run: string[] = [];
  const flush = (): void => {
    const [first = ''] = run;
    const [cx, cy] = first.split(' ');
    if (run.length === 1) paths.push(`<circle class="f${index % 6}" cx="${cx}" cy="${cy}" r="2"/>`);
    else if (run.length > 1) paths.push(`<path class="m s${index % 6}" d="M${run.join('L')}"/>`);
    run = [];
  };
  for (const [x, y] of points) {
    if (Number.isFinite(x) && Number.isFinite(y)) run.push(`${n(x)} ${n(y)}`);
    else flush();
  }
  flush();
  return paths;
}

export function plotSvg(chart: PlotChart, options: SvgOptions = {}): string {
  return isPoints(chart) ? pointSvg(chart, options) : barSvg(chart, options);
}

function pointSvg(chart: PointChart, options: SvgOptions): string {
  const { width = 960 } = options;
  const names = chart.series.length > 1 ? chart.series.map(({ name }) => name) : [];
  const named = legend(names, [16, 46], width - 16);
  const [left, right, top, bottom] = [72, 16, 40 + named.rows * 18, 28];
  const { height = 380 + top } = options;
  const [xs, ys] = [scaleOf(coordinates(chart.series, 0), 2), scaleOf(coordinates(chart.series, 1), 2)];
  if (!xs || !ys) {
    return framed({ width, height: 72, title: chart.title }, '<text x="16" y="48">no values to draw</text>', options);
  }
  const x = (value: number): number => left + ((value - xs.low) / (xs.high - xs.low)) * (width - left - right);
  const y = (value: number): number => top + (1 - (value - ys.low) / (ys.high - ys.low)) * (height - top - bottom);
  const parts = named.parts;
  for (const { value, label } of ticksOf(ys, 6)) {
    parts.push(`<line class="g" x1="${left}" x2="${width - right}" y1="${n(y(value))}" y2="${n(y(value))}"/>`);
    parts.push(`<text x="${left - 8}" y="${n(y(value) + 4)}" text-anchor="end">${label}</text>`);
  }
  const write = (value: number): string =>
    chart.x.kind === 'time' ? instantLabel(value, xs.high - xs.low) : String(Number(value.toPrecision(6)));
  const only = onlyPlace(chart.series);
  if (only !== null)
    parts.push(`<text x="${n(x(only))}" y="${height - 8}" text-anchor="middle">${escaped(write(only))}</text>`);
  for (let at = 0; at <= 5 && only === null; at++) {
    const value = xs.low + ((xs.high - xs.low) * at) / 5;
    const anchor = at === 0 ? 'start' : at === 5 ? 'end' : 'middle';
    parts.push(`<text x="${n(x(value))}" y="${height - 8}" text-anchor="${anchor}">${escaped(write(value))}</text>`);
  }
  for (const [index, { points }] of chart.series.entries()) {
    const placed = points.map(([px, py]) => [x(px), y(py)] as const);
    if (chart.mark === 'line') parts.push(...pathsOf(placed, index));
    else {
      for (const [px, py] of placed) {
        if (Number.isFinite(px) && Number.isFinite(py))
          parts.push(`<circle class="f${index % 6}" cx="${n(px)}" cy="${n(py)}" r="2.5"/>`);
      }
    }
  }
  return framed({ width, height, title: chart.title }, parts.join('\n'), options);
}

const mostBars = 60;

/** Bars from one line of zero: what is below it goes to the left. */
function barSvg(chart: BarChart, options: SvgOptions): string {
  const bars = chart.bars.slice(0, mostBars);
  const left = chart.bars.length - bars.length;
  const rows = Math.max(1, bars.length) + (left > 0 ? 1 : 0);
  const { width = 960, height = 52 + rows * 22 } = options;
  const values = bars.map(({ value }) => value).filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  // Beside the bars stand their names and, at their ends, their values.
  const [from, to] = [low < 0 ? 320 : 240, width - 100];
  const scale = high > low ? (to - from) / (high - low) : 0;
  const zero = from - low * scale;
  const parts = bars.map(({ label, value }, index) => {
    const y = 40 + index * 22;
    const long = Number.isFinite(value) ? Math.abs(value) * scale : 0;
    const ink = low < 0 ? (value < 0 ? 'd' : 'u') : 'f0';
    const [end, anchor] = value < 0 ? [zero - long - 8, 'end'] : [zero + long + 8, 'start'];
    return (
      `<text x="232" y="${y + 13}" text-anchor="end">${escaped(fitted(label, 216))}</text>` +
      `<rect class="${ink}" stroke="none" x="${n(value < 0 ? zero - long : zero)}" y="${y + 2}" width="${n(long)}" height="14"/>` +
      `<text x="${n(end)}" y="${y + 13}" text-anchor="${anchor}">${Number.isFinite(value) ? Number(value.toPrecision(8)) : 'NULL'}</text>`
    );
  });
  if (low < 0) parts.push(`<line class="g" x1="${n(zero)}" x2="${n(zero)}" y1="36" y2="${40 + bars.length * 22}"/>`);
  if (left > 0) parts.push(`<text x="240" y="${40 + bars.length * 22 + 13}">and ${left} more</text>`);
  return framed({ width, height, title: chart.title }, parts.join('\n'), options);
}
