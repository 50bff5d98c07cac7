import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Code } from '../../src/market/code.ts';
import { addDays, type IsoDate } from '../../src/market/date.ts';
import { eventRatio, factorsOfBars, runningProduct, spansOf } from '../../src/market/factors.ts';

const pufa = 'sh.600000' as Code;
const date = (text: string): IsoDate => text as IsoDate;

/** As the provider lists them: ex-date, forward factor, backward factor. */
const listed: readonly (readonly [string, number, number])[] = [
  ['2015-06-23', 0.663792, 6.295967],
  ['2016-06-23', 0.751598, 7.128788],
  ['2017-05-25', 0.989551, 9.385732],
];

describe('factors', () => {
  it('scales the golden price of 2023-01-03 as the provider does', () => {
    const newest = 11.434431 / 0.855421;
    const spans = spansOf(pufa, [
      { exDate: date('2022-07-21'), hfqFactor: 11.434431 },
      { exDate: date('2026-07-20'), hfqFactor: newest },
    ]);
    const span = spans.find(({ from_date, to_date }) => from_date <= '2023-01-03' && to_date >= '2023-01-03');
    expect(span).toMatchObject({ from_date: '2022-07-21', to_date: '2026-07-19' });
    const hfq = 7.23 * (span?.hfq_factor ?? 0);
    const qfq = hfq / (span?.last_factor ?? 0);
    expect(Math.abs(hfq / 82.67093613 - 1)).toBeLessThan(1e-6);
    expect(Math.abs(qfq / 6.18469383 - 1)).toBeLessThan(1e-6 + 5e-7 / 0.855421);
  });

  it('is 1 over the newest factor before the first event, for forward prices', () => {
    const spans = spansOf(
      pufa,
      listed.map(([exDate, , hfqFactor]) => ({ exDate: date(exDate), hfqFactor })),
    );
    expect(spans[0]).toEqual({
      code: pufa,
      from_date: '1900-01-01',
      to_date: '2015-06-22',
      hfq_factor: 1,
      last_factor: 9.385732,
    });
    const newestListed = 9.385732 / 0.989551;
    for (const [exDate, fore, back] of listed) {
      expect(Math.abs(back / newestListed - fore)).toBeLessThan(1e-6);
      expect(spans.find(({ from_date }) => from_date === exDate)?.hfq_factor).toBe(back);
    }
  });

  it('covers all time without gap or overlap, whatever the order of the factors', () => {
    const spans = spansOf(
      pufa,
      [...listed].reverse().map(([exDate, , hfqFactor]) => ({ exDate: date(exDate), hfqFactor })),
    );
    expect(spans.map(({ from_date }) => from_date)).toEqual(['1900-01-01', '2015-06-23', '2016-06-23', '2017-05-25']);
    expect(spans.at(-1)?.to_date).toBe('9999-12-31');
    for (const [index, { to_date }] of spans.slice(0, -1).entries()) {
      expect(addDays(to_date, 1)).toBe(spans[index + 1]?.from_date);
    }
  });

  it('is one span of factor 1 without events, and takes a repeated ex-date once', () => {
    expect(spansOf(pufa, [])).toEqual([
      { code: pufa, from_date: '1900-01-01', to_date: '9999-12-31', hfq_factor: 1, last_factor: 1 },
    ]);
    const twice = { exDate: date('2020-01-02'), hfqFactor: 2 };
    expect(spansOf(pufa, [twice, twice])).toHaveLength(2);
  });

  it('refuses factors that no price can be scaled by', () => {
    for (const hfqFactor of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => spansOf(pufa, [{ exDate: date('2020-01-02'), hfqFactor }])).toThrow('no price can be scaled by');
    }
    const factors = [1.5, 1.6].map(hfqFactor => ({ exDate: date('2020-01-02'), hfqFactor }));
    expect(() => spansOf(pufa, factors)).toThrow('two factors on 2020-01-02: 1.5 and 1.6');
  });

  it('divides every older forward price by r at a new event, and leaves backward prices bit for bit', () => {
    const before = runningProduct([{ exDate: date('2020-05-06'), ratio: 1.25 }]);
    const r = eventRatio(10.5, 10.2);
    const after = [...before, ...runningProduct([{ exDate: date('2024-05-06'), ratio: r }], 1.25)];
    const [old, now] = [spansOf(pufa, before), spansOf(pufa, after)];
    for (const [index, span] of old.entries()) {
      const later = now[index];
      expect(later?.hfq_factor).toBe(span.hfq_factor);
      const ratio = span.hfq_factor / span.last_factor / ((later?.hfq_factor ?? 0) / (later?.last_factor ?? 0));
      expect(Math.abs(ratio / r - 1)).toBeLessThan(1e-9);
    }
  });

  it('finds an event exactly where the reference is not the close before', () => {
    expect(eventRatio(10, 10)).toBe(1);
    expect(eventRatio(10, 10.00001)).toBe(1);
    expect(eventRatio(10, 9.5)).toBeCloseTo(1.0526315789, 9);
    const bars = [
      { date: date('2024-01-02'), close: 10, preClose: 9.9 },
      { date: date('2024-01-03'), close: 11, preClose: 10 },
      { date: date('2024-01-04'), close: 5.6, preClose: 5.5 },
      { date: date('2024-01-05'), close: 5.7, preClose: null },
    ];
    expect(factorsOfBars(bars)).toEqual([{ exDate: '2024-01-04', hfqFactor: 2 }]);
    expect(factorsOfBars(bars, 3)).toEqual([{ exDate: '2024-01-04', hfqFactor: 6 }]);
  });
});

const shared = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared', 'data', 'a-share');
if (!existsSync(shared)) console.log(`skipped: the real bars are not at ${shared}`);

describe.skipIf(!existsSync(shared))('factors from real bars', () => {
  it('agree with those that were derived from the same bars elsewhere', () => {
    const rowsOf = (file: string): Record<string, string>[] => {
      const [head, ...lines] = readFileSync(join(shared, file), 'utf8').trim().split(/\r?\n/);
      const names = (head ?? '').split(',');
      return lines.map(line => Object.fromEntries(line.split(',').map((cell, index) => [names[index], cell])));
    };
    const wanted = new Map<string, [string, number][]>();
    for (const { code, dividOperateDate, backAdjustFactor } of rowsOf('adjust-factor-derived.csv')) {
      const list = wanted.get(code as string) ?? [];
      list.push([dividOperateDate as string, Number(backAdjustFactor)]);
      wanted.set(code as string, list);
    }
    let events = 0;
    for (const file of readdirSync(join(shared, 'daily-raw'))) {
      const code = file.slice(0, -4);
      const bars = rowsOf(join('daily-raw', file)).map(row => ({
        date: date(row.date as string),
        close: Number(row.close),
        preClose: Number(row.preclose),
      }));
      const found = factorsOfBars(bars).map(({ exDate, hfqFactor }) => [exDate, hfqFactor] as const);
      const rest = (wanted.get(code) ?? []).filter(([, factor]) => factor !== 1);
      expect(found.map(([exDate]) => exDate)).toEqual(rest.map(([exDate]) => exDate));
      for (const [index, [, factor]] of found.entries()) expect(factor).toBeCloseTo(rest[index]?.[1] ?? 0, 5);
      events += found.length;
    }
    expect(events).toBeGreaterThan(200);
  });
});
