/**
 * Charts as SVG text that stands alone: no script, no network, colours that follow the reader's light or dark preference.
 * Every text from data is escaped.
 */

import { isPriced, rises } from './candle.ts';
import { averageLengths, type CandleChart, layOut } from './candle-chart.ts';
import { type BarChart, coordinates, instantLabel, isPoints, type PlotChart, type PointChart } from './plot.ts';
import { scaleOf, ticksOf } from './scale.ts';

export interface SvgOptions {
  readonly width?: number;
  readonly height?: number;
  /** Up red and down green (`red-up`, default), or the reverse. */
  readonly rising?: 'red-up' | 'green-up';
}

const style = (rising: SvgOptions['rising']): string => {
  const [up, down] = rising === 'green-up' ? ['#1a7f4b', '#c8372d'] : ['#c8372d', '#1a7f4b'];
  return `<style>
.c{font:12px system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;--ink:#1c1f24;--dim:#6b7280;--line:#e2e5ea;--back:#fff;--up:${up};--down:${down}}
.c text{fill:var(--dim)}.c .t{fill:var(--ink);font-size:14px;font-weight:600}.c .g{stroke:var(--line)}.c .back{fill:var(--back)}
.c .u{stroke:var(--up);fill:var(--up)}.c .d{stroke:var(--down);fill:var(--down)}.c .h{fill:var(--back)}.c .m{fill:none;stroke-width:1.3}
.c .s0{stroke:#2563eb}.c .s1{stroke:#d97706}.c .s2{stroke:#7c3aed}.c .s3{stroke:#0d9488}.c .s4{stroke:#be185d}.c .s5{stroke:#64748b}
.c .f0{fill:#2563eb}.c .f1{fill:#d97706}.c .f2{fill:#7c3aed}.c .f3{fill:#0d9488}.c .f4{fill:#be185d}.c .f5{fill:#64748b}
@media (prefers-color-scheme:dark){.c{--ink:#e6e8eb;--dim:#9aa1ac;--line:#2b3038;--back:#16181d}}
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

function framed(width: number, height: number, title: string, inner: string, { rising }: SvgOptions): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" class="c" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
${style(rising)}
<rect class="back" width="${width}" height="${height}"/>
<text class="t" x="16" y="24">${escaped(title)}</text>
${inner}
</svg>
`;
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
  if (!laid.scale) return framed(width, height, title, `<text x="16" y="48">no prices are known</text>`, options);
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
  for (const [which, values] of laid.averages.entries()) {
    parts.push(
      ...pathsOf(
        values.map((value, index) => [x(index), value === null ? Number.NaN : y(value)]),
        `m s${which}`,
      ),
    );
    parts.push(
      `<text x="${width - right - 110 + which * 60}" y="24" class="f${which}" style="fill:currentColor">MA${averageLengths[which]}</text>`,
    );
  }
  parts.push(
    ...dateTexts(
      laid.candles.map(({ to }) => to),
      x,
      height - 8,
    ),
  );
  return framed(width, height, title, parts.join('\n'), options);
}

function dateTexts(dates: readonly string[], x: (index: number) => number, y: number): string[] {
  const wanted = Math.min(8, dates.length);
  if (wanted === 0) return [];
  const last = dates.length - 1;
  const indices = new Set(Array.from({ length: wanted }, (_, at) => Math.round((at * last) / Math.max(1, wanted - 1))));
  return [...indices].map(index => {
    const anchor = index === 0 ? 'start' : index === last ? 'end' : 'middle';
    return `<text x="${n(x(index))}" y="${y}" text-anchor="${anchor}">${escaped(dates[index] ?? '')}</text>`;
  });
}

/** Lines with gaps where a value is not finite. */
function pathsOf(points: readonly (readonly [number, number])[], className: string): string[] {
  const paths: string[] = [];
  let run: string[] = [];
  const flush = (): void => {
    if (run.length > 1) paths.push(`<path class="${className}" d="M${run.join('L')}"/>`);
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
  const { width = 960, height = 420 } = options;
  const [left, right, top, bottom] = [72, 16, 40, 28];
  const [xs, ys] = [scaleOf(coordinates(chart.series, 0), 2), scaleOf(coordinates(chart.series, 1), 2)];
  if (!xs || !ys) return framed(width, height, chart.title, '<text x="16" y="48">no values to draw</text>', options);
  const x = (value: number): number => left + ((value - xs.low) / (xs.high - xs.low)) * (width - left - right);
  const y = (value: number): number => top + (1 - (value - ys.low) / (ys.high - ys.low)) * (height - top - bottom);
  const parts: string[] = [];
  for (const { value, label } of ticksOf(ys, 6)) {
    parts.push(`<line class="g" x1="${left}" x2="${width - right}" y1="${n(y(value))}" y2="${n(y(value))}"/>`);
    parts.push(`<text x="${left - 8}" y="${n(y(value) + 4)}" text-anchor="end">${label}</text>`);
  }
  const write = (value: number): string =>
    chart.x.kind === 'time' ? instantLabel(value, xs.high - xs.low) : String(Number(value.toPrecision(6)));
  for (let at = 0; at <= 5; at++) {
    const value = xs.low + ((xs.high - xs.low) * at) / 5;
    const anchor = at === 0 ? 'start' : at === 5 ? 'end' : 'middle';
    parts.push(`<text x="${n(x(value))}" y="${height - 8}" text-anchor="${anchor}">${escaped(write(value))}</text>`);
  }
  for (const [index, { name, points }] of chart.series.entries()) {
    const colour = index % 6;
    if (chart.mark === 'line')
      parts.push(
        ...pathsOf(
          points.map(([px, py]) => [x(px), y(py)]),
          `m s${colour}`,
        ),
      );
    else {
      for (const [px, py] of points) {
        if (Number.isFinite(px) && Number.isFinite(py))
          parts.push(`<circle class="f${colour}" cx="${n(x(px))}" cy="${n(y(py))}" r="2.5"/>`);
      }
    }
    if (chart.series.length > 1) {
      const at = 260 + index * 110;
      parts.push(
        `<rect class="f${colour}" x="${at}" y="15" width="10" height="10"/><text x="${at + 14}" y="24">${escaped(name)}</text>`,
      );
    }
  }
  return framed(width, height, chart.title, parts.join('\n'), options);
}

function barSvg(chart: BarChart, options: SvgOptions): string {
  const bars = chart.bars.slice(0, 60);
  const { width = 960, height = 48 + Math.max(1, bars.length) * 22 } = options;
  const most = Math.max(0, ...bars.map(({ value }) => Math.abs(value)).filter(Number.isFinite));
  const parts = bars.map(({ label, value }, index) => {
    const y = 40 + index * 22;
    const long = most > 0 && Number.isFinite(value) ? (Math.abs(value) / most) * (width - 340) : 0;
    return (
      `<text x="232" y="${y + 13}" text-anchor="end">${escaped(label)}</text>` +
      `<rect class="${value < 0 ? 'd' : 'f0'}" x="240" y="${y + 2}" width="${n(long)}" height="14"/>` +
      `<text x="${n(248 + long)}" y="${y + 13}">${Number.isFinite(value) ? Number(value.toPrecision(8)) : 'NULL'}</text>`
    );
  });
  return framed(width, height, chart.title, parts.join('\n'), options);
}
