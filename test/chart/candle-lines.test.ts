import { describe, expect, it } from 'vitest';
import { candleLines, laidOutFor } from '../../src/chart/candle-lines.ts';
import { cellWidth } from '../../src/output/cells.ts';
import type { Screen } from '../../src/output/line.ts';
import { lineText } from '../../src/output/spans.ts';
import { candle, chartOf, day, many } from './series.ts';

const screen = (columns: number, rows = 30, more: Partial<Screen> = {}): Screen => ({
  columns,
  rows,
  glyphs: true,
  ...more,
});
const texts = (...arguments_: Parameters<typeof candleLines>): string[] => candleLines(...arguments_).map(lineText);

const cases = {
  'one bar': chartOf([candle(0)]),
  'one bar at its limit': chartOf([candle(0, { open: 11, high: 11, low: 11, close: 11, preClose: 10 })]),
  'no price known': chartOf([
    candle(0, { open: null, high: null, low: null, close: null }),
    candle(1, { open: null, high: null, low: null, close: null }),
  ]),
  'a suspension': chartOf(
    many(60).map((one, n) =>
      n > 20 && n < 40 ? { ...one, open: 10, high: 10, low: 10, close: 10, volume: 0, isSuspended: true } : one,
    ),
  ),
  'five years': chartOf(many(1215)),
  'ex-dates': chartOf(many(90).map((one, n) => ({ ...one, isEx: n % 30 === 5 }))),
  'a price of millions': chartOf([candle(0, { open: 1e9, high: 1.2e9, low: 9e8, close: 1.1e9 }), candle(1)]),
};

describe.each(Object.entries(cases))('a chart of %s', (_, chart) => {
  it.each([20, 40, 100, 200])('fits in %i columns and half the window', columns => {
    for (const glyphs of [true, false]) {
      for (const rows of [6, 15, 30, 60]) {
        const lines = texts(chart, screen(columns, rows, { glyphs }));
        expect(lines.length).toBeLessThanOrEqual(Math.max(5, Math.min(24, Math.floor(rows / 2) - 1)));
        for (const line of lines.slice(1)) expect(cellWidth(line)).toBeLessThan(columns);
        if (!glyphs) expect(lines.slice(1).join('')).toMatch(/^[\x20-\x7e]*$/);
      }
    }
  });
});

describe('a chart in the scrollback', () => {
  it('tells the newest price to the last, whatever else there is no room for', () => {
    for (const candles of [many(2), many(60)]) {
      const price = candles.at(-1)?.close?.toFixed(2) ?? '';
      for (const columns of [24, 40, 100]) expect(texts(chartOf(candles), screen(columns))[0]).toContain(price);
    }
  });

  it('shows as many of the newest bars as fit, and all of a range that was asked for', () => {
    const { candles, group } = laidOutFor(chartOf(many(500), false), screen(100));
    expect(group).toBe(1);
    expect(candles.at(-1)?.to).toBe(day(499));
    expect(candles.length).toBeLessThan(60);
    const whole = laidOutFor(chartOf(many(500)), screen(100));
    expect(whole.candles[0]?.from).toBe(day(0));
    expect(whole.candles.at(-1)?.to).toBe(day(499));
  });

  it('puts every bar of a range into one of its candles', () => {
    const candles = many(777);
    const { candles: laid } = laidOutFor(chartOf(candles), screen(100));
    expect(laid.reduce((sum, { volume }) => sum + volume, 0)).toBe(
      candles.reduce((sum, { volume }) => sum + volume, 0),
    );
  });

  it('tells rising from falling without colour', () => {
    const rising = chartOf([
      candle(0, { open: 10, high: 20, low: 10, close: 20 }),
      candle(1, { open: 10, high: 20, low: 10, close: 10.1 }),
    ]);
    const plain = texts(rising, screen(60, 30, { colour: false })).join('\n');
    expect(plain).toContain('║');
    const falling = chartOf([candle(0, { open: 20, high: 20, low: 10, close: 10 })]);
    expect(texts(falling, screen(60, 30, { colour: false })).join('\n')).not.toContain('║');
  });

  it('marks what went ex under its candle', () => {
    const chart = chartOf([candle(0), candle(1), candle(2), candle(3, { isEx: true }), ...many(30).slice(4)]);
    const lines = texts(chart, screen(100));
    const dates = lines.at(-1) ?? '';
    const body = lines.find(line => line.includes('┤')) ?? '';
    expect(dates.indexOf('x')).toBe(body.indexOf('┤') + 1 + 3 * 2);
  });

  it('shows control characters of a name instead of obeying them', () => {
    const lines = texts({ ...chartOf(many(5)), name: 'a\u001b[31mb' }, screen(100));
    expect(lines.join('')).not.toContain('\u001b');
  });

  it('shows the bar under the cross-hair with all its prices', () => {
    const [head = ''] = texts(chartOf(many(30)), screen(160), { cross: 3 });
    expect(head).toContain(day(3));
    expect(head).toMatch(/O \d+\.\d\d {2}H \d+\.\d\d {2}L \d+\.\d\d/);
  });
});
