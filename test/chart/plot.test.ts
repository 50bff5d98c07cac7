import { DATE, DOUBLE, DuckDBDateValue, type DuckDBType, type DuckDBValue, VARCHAR } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import type { PlotChart } from '../../src/chart/plot.ts';
import { histogram } from '../../src/chart/plot.ts';
import { plotLines } from '../../src/chart/plot-lines.ts';
import { scaleOf, ticksOf } from '../../src/chart/scale.ts';
import { plotSvg } from '../../src/chart/svg.ts';
import { Problem } from '../../src/market/problem.ts';
import { cellWidth } from '../../src/output/cells.ts';
import { lineText } from '../../src/output/spans.ts';
import { type PlotWanted, plotOf } from '../../src/shell/chart-result.ts';

const wanted: PlotWanted = { title: 'q', x: undefined, y: undefined, by: undefined, mark: undefined };
const columns = (names: string[], types: DuckDBType[], rows: DuckDBValue[][]) => ({ names, types, rows });
const closes = columns(
  ['code', 'date', 'close'],
  [VARCHAR, DATE, DOUBLE],
  [
    ['b', new DuckDBDateValue(20000), 3],
    ['a', new DuckDBDateValue(20001), 2],
    ['a', new DuckDBDateValue(20000), 1],
    ['b', new DuckDBDateValue(20001), null],
  ],
);

describe('a result as a plot', () => {
  it('goes over time, one line a value of --by, in order of time', () => {
    expect(plotOf(closes, { ...wanted, by: 'code' })).toMatchObject({
      mark: 'line',
      x: { name: 'date', kind: 'time' },
      series: [
        {
          name: 'b',
          points: [
            [20000 * 86_400_000, 3],
            [20001 * 86_400_000, Number.NaN],
          ],
        },
        {
          name: 'a',
          points: [
            [20000 * 86_400_000, 1],
            [20001 * 86_400_000, 2],
          ],
        },
      ],
    });
  });

  it('goes from the first number to the second where all are numbers, and counts one that is named alone', () => {
    const rows = [
      [1, 10, 5],
      [2, 20, 6],
    ];
    const numbers = columns(['a', 'b', 'c'], [DOUBLE, DOUBLE, DOUBLE], rows);
    expect(plotOf(numbers, wanted)).toMatchObject({ x: { name: 'a' }, y: { name: 'b' } });
    expect(plotOf(numbers, { ...wanted, x: 'b' })).toMatchObject({ x: { name: 'b' }, y: { name: 'a' } });
    const texts = columns(['s', 'a', 'b'], [VARCHAR, DOUBLE, DOUBLE], [['x', 1, 10]]);
    expect(plotOf(texts, { ...wanted, by: 's' })).toMatchObject({ x: { name: 'a' }, series: [{ name: 'x' }] });
    const one = columns(['a'], [DOUBLE], [[1], [2]]);
    expect(plotOf(one, { ...wanted, x: 'a' })).toMatchObject({ mark: 'histogram', x: { name: 'a' } });
  });

  it('is bars over text, a histogram of numbers alone', () => {
    const boards = columns(
      ['board', 'n'],
      [VARCHAR, DOUBLE],
      [
        ['main', 10],
        [null, 4],
      ],
    );
    expect(plotOf(boards, wanted)).toMatchObject({
      mark: 'bar',
      bars: [
        { label: 'main', value: 10 },
        { label: 'NULL', value: 4 },
      ],
    });
    const numbers = columns(['turn'], [DOUBLE], [[1], [2], [2.5], [9]]);
    const counted = plotOf(numbers, wanted);
    expect(counted.mark).toBe('histogram');
    expect('bars' in counted && counted.bars.reduce((sum, { value }) => sum + value, 0)).toBe(4);
  });

  it.each([
    [{ y: 'clsoe' }, /no column clsoe/],
    [{ y: 'code' }, /code is varchar/],
    [{ x: 'code', mark: 'scatter' as const }, /code is text/],
  ])('refuses %o in one sentence', (change, sentence) => {
    expect(() => plotOf(closes, { ...wanted, ...change })).toThrow(sentence);
    expect(() => plotOf(closes, { ...wanted, ...change })).toThrow(Problem);
  });

  it('refuses more lines than a person can tell apart', () => {
    const rows = Array.from({ length: 20 }, (_, n): DuckDBValue[] => [`c${n}`, new DuckDBDateValue(20000), n]);
    expect(() => plotOf({ ...closes, rows }, { ...wanted, by: 'code' })).toThrow(/20 values/);
  });
});

describe('a plot on a terminal', () => {
  const line = plotOf(closes, { ...wanted, by: 'code' });
  const bars = plotOf(
    columns(
      ['名称', 'n'],
      [VARCHAR, DOUBLE],
      [
        ['贵州茅台\u001b[1m', 10],
        ['b', -4],
        ['c', null],
      ],
    ),
    wanted,
  );
  const scatter = plotOf(
    columns(
      ['x', 'y'],
      [DOUBLE, DOUBLE],
      [
        [1, 1],
        [2, 4],
        [3, 9],
      ],
    ),
    { ...wanted, x: 'x', mark: 'scatter' },
  );

  it.each([20, 40, 100, 200])('fits in %i columns', width => {
    for (const chart of [line, bars, scatter, histogram('h', 'v', [1, 1, 2, 3, 50])]) {
      for (const glyphs of [true, false]) {
        for (const row of plotLines(chart, { columns: width, rows: 30, glyphs })) {
          expect(cellWidth(lineText(row))).toBeLessThan(width);
          expect(lineText(row)).not.toContain('\u001b');
        }
      }
    }
  });

  it('tells lines apart without colour', () => {
    const text = plotLines(line, { columns: 60, rows: 30, glyphs: true, colour: false }).map(lineText).join('\n');
    expect(text).toContain('a b · b a');
    expect(text).toMatch(/┤.*a/);
  });

  it('says so where there is nothing to draw', () => {
    const empty = plotOf(columns(['x', 'y'], [DOUBLE, DOUBLE], [[1, null]]), { ...wanted, x: 'x', mark: 'line' });
    expect(plotLines(empty, { columns: 60, rows: 30, glyphs: true }).map(lineText).join('')).toContain(
      'no values to draw',
    );
  });

  it('says where its only point is, and says all of why nothing is drawn on a narrow screen', () => {
    const one = plotOf(columns(['date', 'y'], [DATE, DOUBLE], [[new DuckDBDateValue(20000), 2]]), wanted);
    const text = plotLines(one, { columns: 40, rows: 30, glyphs: true, colour: false }).map(lineText);
    expect(text.at(-1)?.trim()).toBe('2024-10-04');
    expect(plotSvg(one).match(/2024-10-04/g)).toHaveLength(1);
    const none = plotOf(columns(['x', 'y'], [DOUBLE, DOUBLE], [[1, null]]), wanted);
    const said = plotLines(none, { columns: 20, rows: 30, glyphs: true }).map(lineText);
    expect(said.map(row => row.trim()).join(' ')).toContain('a NULL in one of the columns');
    expect(Math.max(...said.map(row => row.length))).toBeLessThanOrEqual(20);
  });

  it('is SVG that shows one value, values below zero, and what it leaves out', () => {
    const one = plotOf(columns(['x', 'y'], [DOUBLE, DOUBLE], [[1, 2]]), wanted);
    expect(plotSvg(one)).toMatch(/<circle class="f0" cx="[\d.]+" cy="[\d.]+"/);
    const none = plotOf(columns(['x', 'y'], [DOUBLE, DOUBLE], [[1, null]]), wanted);
    expect(plotSvg(none)).toContain('no values to draw');
    const bars = (values: readonly number[]): PlotChart => ({
      mark: 'bar',
      title: 'a'.repeat(300),
      x: { name: 'x' },
      y: { name: 'y' },
      bars: values.map((value, at) => ({ label: `b${at}`, value })),
    });
    const svg = plotSvg(bars([10, -10]));
    const [up, down] = [...svg.matchAll(/<rect class="([ud])" stroke="none" x="([\d.]+)"[^>]* width="([\d.]+)"/g)];
    expect([up?.[1], down?.[1]]).toEqual(['u', 'd']);
    expect(Number(down?.[2]) + Number(down?.[3])).toBe(Number(up?.[2]));
    expect(svg).toMatch(/>a{50,}…</);
    expect(plotSvg(bars(Array.from({ length: 70 }, (_, at) => at)))).toContain('and 10 more');
    expect(svg).not.toContain('NaN');
    const lines = plotOf(closes, { ...wanted, by: 'code' });
    expect(plotSvg(lines).match(/<line class="s\d k"/g)).toHaveLength(2);
  });

  it('is SVG with its texts escaped', () => {
    const svg = plotSvg({
      mark: 'bar',
      title: '<script>',
      x: { name: 'x' },
      y: { name: 'y' },
      bars: [{ label: 'a&b"', value: 1 }],
    });
    expect(svg).not.toContain('<script>');
    expect(svg).toContain('a&amp;b&quot;');
  });
});

describe('round numbers along an axis', () => {
  it.each([
    [1325, 1525, 4, ['1350', '1400', '1450', '1500']],
    [0, 1, 5, ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']],
    [9.1, 9.35, 5, ['9.10', '9.15', '9.20', '9.25', '9.30', '9.35']],
    [0, 4e9, 4, ['0M', '1000M', '2000M', '3000M', '4000M']],
  ])('from %f to %f', (low, high, count, labels) => {
    expect(ticksOf({ low, high }, count).map(({ label }) => label)).toEqual(labels);
  });

  it('gives a single value room', () => {
    const scale = scaleOf([5], 11);
    expect(scale?.low).toBeLessThan(5);
    expect(scale?.at(5)).toBe(5);
    expect(scaleOf([Number.NaN], 11)).toBeNull();
  });
});
