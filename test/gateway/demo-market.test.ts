/** What the demo market promises: the same everywhere, and nothing in it that the exchanges' rules forbid. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dayBar, newIntraday, slots, spread } from '../../src/gateway/demo/day-bar.ts';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import { isSuspended } from '../../src/gateway/demo/listing.ts';
import type { AdjustFlag, Frequency, Series } from '../../src/gateway/market.ts';
import { allKnown, demo } from './talk.ts';

const market = demo();
const { listings, calendar, lastSession } = market;
const stocks = listings.filter(({ kind }) => kind === 'stock');

function rows(series: Series | null): string[][] {
  return Array.from({ length: series?.length ?? 0 }, (_, i) => [...(series as Series).row(i)]);
}

function bars(code: string, frequency: Frequency = 'd', adjust: AdjustFlag = '3'): Record<string, string>[] {
  const series = market.bars(code, frequency, adjust, allKnown) as Series;
  return rows(series).map(row => Object.fromEntries(series.columns.map((name, i) => [name, row[i] as string])));
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

describe('the demo market', () => {
  it('is the same on every machine', () => {
    expect(digest(market.table('query_stock_basic', {}, allKnown))).toBe('ef9e75aea2a27c32');
    const codes = ['sh.600519', 'sz.000001', 'sz.300750', 'sh.688981', 'sh.000001', 'sz.159915'];
    expect(codes.map(code => digest(rows(market.bars(code, 'd', '3', allKnown))))).toEqual([
      '57612eee92838552',
      'e50ce87dc6262e44',
      'f265898d29d89c88',
      'f900e0a04f47d185',
      '00388d6b7dbf3ab7',
      '0ba21186d7809099',
    ]);
    expect(digest(rows(market.bars('sz.000001', '5', '2', allKnown)))).toBe('4b40e6d31df6f306');
    expect(digest(calendar.sessions)).toBe('4f8e5513b54192db');
  });

  it('is another for another seed', () => {
    const other = makeDemoMarket({ seed: 2 });
    expect(rows(other.bars('sh.600519', 'd', '3', allKnown))).not.toEqual(
      rows(market.bars('sh.600519', 'd', '3', allKnown)),
    );
  });

  it('lists at least 320 stocks on every board, indices and funds, and nothing of Beijing', () => {
    expect(stocks.length).toBe(320);
    for (const prefix of [
      'sh.600',
      'sh.601',
      'sh.603',
      'sh.605',
      'sh.688',
      'sz.000',
      'sz.001',
      'sz.002',
      'sz.003',
      'sz.300',
      'sz.301',
    ]) {
      expect(stocks.filter(({ code }) => code.startsWith(prefix)).length, prefix).toBeGreaterThan(1);
    }
    const names = new Map(listings.map(({ code, name }) => [code, name]));
    expect(names.get('sh.600519')).toBe('贵州茅台');
    expect(names.get('sz.000001')).toBe('平安银行');
    expect(names.get('sz.300750')).toBe('宁德时代');
    for (const code of ['sh.000001', 'sh.000300', 'sz.399001', 'sz.399106', 'sh.510300', 'sz.159915']) {
      expect(names.has(code), code).toBe(true);
    }
    expect(listings.filter(({ code }) => !/^s[hz]\.\d{6}$/.test(code))).toEqual([]);
    expect(new Set(listings.map(({ code }) => code)).size).toBe(listings.length);
    expect(new Set(stocks.map(({ name }) => name)).size).toBe(stocks.length);
    expect(stocks.filter(({ name }) => !/^[\u4e00-\u9fffA-Z]{2,5}$/.test(name))).toEqual([]);
  });

  it('has sessions from 2021-11-22 to 2026-11-20 and a calendar to the end of 2026', () => {
    expect(calendar.sessions[0]).toBe('2021-11-22');
    expect(calendar.sessions[lastSession]).toBe('2026-11-20');
    expect(calendar.sessions.at(-1)).toBe('2026-12-31');
    const days = rows(market.tradeDates);
    expect(days.length).toBe(1866);
    expect(new Map(days.map(([date, open]) => [date, open])).get('2026-09-25')).toBe('0');
    for (const closed of ['2022-01-31', '2023-10-06', '2024-02-09', '2025-10-08', '2026-02-23', '2026-01-03']) {
      expect(calendar.isOpen(closed), closed).toBe(false);
    }
    for (let year = 2022; year <= 2026; year++) {
      const sessions = calendar.sessions.filter(date => date.startsWith(String(year))).length;
      expect(sessions).toBeGreaterThan(238);
      expect(sessions).toBeLessThan(246);
    }
  });

  it('has suspensions, special treatment, new listings and delistings', () => {
    expect(stocks.filter(({ suspensions }) => suspensions.length > 0).length).toBeGreaterThan(100);
    expect(stocks.filter(({ fresh }) => fresh).length).toBeGreaterThan(20);
    expect(stocks.filter(({ delisted }) => delisted !== '').length).toBeGreaterThan(0);
    const labels = new Set(stocks.flatMap(one => one.labels.map(({ label }) => label)));
    expect(labels).toEqual(new Set(['ST', '*ST', '退市']));
    const status = market.table('query_stock_basic', {}, allKnown).filter(row => row[5] === '0');
    expect(status.length).toBe(stocks.filter(({ delisted }) => delisted !== '').length);
    for (const [code, , , outDate] of status) expect(bars(code as string).at(-1)?.date).toBe(outDate);
  });

  it('keeps the rules of the exchanges in every bar of every code', () => {
    const broken: string[] = [];
    let atLimit = 0;
    for (const listing of listings) {
      const life = market.life(listing);
      const exDates = new Set(life.exDates.map(({ session }) => session));
      let before: number | null = null;
      for (let session = listing.span.from; session <= listing.span.to; session++) {
        const bar = dayBar(life, session);
        const where = `${listing.code} ${calendar.sessions[session]}`;
        if (bar.low > Math.min(bar.open, bar.close) || bar.high < Math.max(bar.open, bar.close))
          broken.push(`${where} ohlc`);
        if (bar.low <= 0) broken.push(`${where} price`);
        if (before !== null && (bar.preclose !== before) !== exDates.has(session)) broken.push(`${where} preclose`);
        before = bar.close;
        const limits = life.limits(session, bar.preclose);
        if (limits && (bar.low < limits[0] || bar.high > limits[1])) broken.push(`${where} limit`);
        if (limits && (bar.close === limits[0] || bar.close === limits[1])) atLimit++;
        if (bar.suspended !== isSuspended(listing, session)) broken.push(`${where} suspended`);
        if (bar.suspended && (bar.volume !== 0 || bar.close !== bar.preclose)) broken.push(`${where} suspended`);
        if (listing.kind !== 'index' && (bar.amount < bar.volume * bar.low || bar.amount > bar.volume * bar.high)) {
          broken.push(`${where} amount`);
        }
        if (!bar.suspended && bar.volume <= 0) broken.push(`${where} volume`);
      }
    }
    expect(broken).toEqual([]);
    expect(atLimit).toBeGreaterThan(500);
  });

  it('derives its factors from close before and preclose, to six decimals', () => {
    let events = 0;
    for (const { code } of stocks.filter((_, i) => i % 5 === 0)) {
      const daily = bars(code);
      let back = 1;
      const derived: [string, number][] = [];
      for (const [i, bar] of daily.entries()) {
        const previous = daily[i - 1];
        if (!previous || previous.close === bar.preclose) continue;
        back *= Number(previous.close) / Number(bar.preclose);
        derived.push([bar.date as string, back]);
      }
      const factors = market.factors(code, allKnown);
      events += factors.length;
      expect(factors.map(([, date]) => date)).toEqual(derived.map(([date]) => date));
      for (const [i, [, , fore, hfq, adjust]] of factors.entries()) {
        const [, ratio] = derived[i] as [string, number];
        expect(hfq).toBe((Math.round(ratio * 1e6) / 1e6).toFixed(6));
        expect(adjust).toBe(hfq);
        expect(fore).toBe((Math.round((ratio / back) * 1e6) / 1e6).toFixed(6));
      }
      if (factors.length > 0) expect(factors.at(-1)?.[2]).toBe('1.000000');
    }
    expect(events).toBeGreaterThan(100);
  });

  it('adjusts prices by the factor of the day and leaves volume alone', () => {
    const code = stocks.find(one => market.factors(one.code, allKnown).length >= 3)?.code as string;
    const [raw, qfq, hfq] = [bars(code), bars(code, 'd', '2'), bars(code, 'd', '1')];
    const factors = market.factors(code, allKnown);
    const newest = Number(factors.at(-1)?.[3]);
    for (const [i, bar] of raw.entries()) {
      const event = factors.findLast(([, date]) => (date as string) <= (bar.date as string));
      expect(Number(hfq[i]?.close)).toBeCloseTo(Number(bar.close) * Number(event?.[3] ?? 1), 8);
      expect(Number(qfq[i]?.preclose)).toBeCloseTo(
        Number(bar.preclose) * Number(event?.[2] ?? (1 / newest).toFixed(6)),
        8,
      );
      expect(qfq[i]?.volume).toBe(bar.volume);
    }
    expect(qfq.at(-1)?.close).toMatch(/^\d+\.\d{10}$/);
    expect(Number(qfq.at(-1)?.close)).toBe(Number(raw.at(-1)?.close));
  });

  it('writes cells in the provider’s forms', () => {
    const empties = new Set<string>();
    for (const { code } of stocks.filter((_, i) => i % 8 === 0)) {
      for (const bar of bars(code)) {
        expect(bar.close).toMatch(/^\d+\.\d{4}$/);
        if (bar.tradestatus === '0') {
          expect(bar.turn).toBe('');
          empties.add(`${bar.volume}|${bar.amount}|${bar.pctChg}`);
        } else {
          expect(bar.volume).toMatch(/^[1-9]\d*$/);
          expect(bar.amount).toMatch(/^\d+\.\d{4}$/);
          expect(bar.turn).toMatch(/^\d+\.\d{6}$/);
          expect(bar.pctChg).toMatch(/^-?\d+\.\d{6}$/);
        }
        if (bar.date === '2023-12-11') expect(bar.peTTM).toBe('');
        else expect(bar.peTTM).toMatch(/^-?\d+\.\d{6}$/);
      }
    }
    expect(empties).toEqual(new Set(['0|0.0000|0.000000', '||']));
  });

  it('counts index volumes beyond 32 bits', () => {
    const index = bars('sh.000001');
    expect(index.every(({ volume }) => Number(volume) > 2 ** 32)).toBe(true);
    expect(index.every(bar => bar.peTTM === '0.000000' && bar.adjustflag === '3')).toBe(true);
    expect(bars('sh.000001', 'd', '2')).toEqual(index);
    expect(market.bars('sh.000001', '5', '3', allKnown)).toBeNull();
  });

  it('has funds only from 2026-01-05', () => {
    expect(bars('sh.510300')[0]?.date).toBe('2026-01-05');
  });

  it('splits every day into minutes that add up to it exactly', () => {
    const into = newIntraday();
    const sum = (list: Float64Array) => list.reduce((total, one) => total + one, 0);
    for (const listing of stocks.filter((_, i) => i % 16 === 0)) {
      const life = market.life(listing);
      for (let session = listing.span.from; session <= listing.span.to; session += 7) {
        const bar = dayBar(life, session);
        if (bar.suspended) continue;
        spread(life, session, bar, into);
        expect([into.open[0], into.close[slots - 1]]).toEqual([bar.open, bar.close]);
        expect([Math.max(...into.high), Math.min(...into.low)]).toEqual([bar.high, bar.low]);
        expect([sum(into.volume), sum(into.amount)]).toEqual([bar.volume, bar.amount]);
      }
    }
  });

  it('stamps minutes with their ends and joins longer ones from five', () => {
    const day = (frequency: Frequency) => bars('sz.000001', frequency).filter(({ date }) => date === '2026-11-20');
    const [five, sixty] = [day('5'), day('60')];
    expect(five.length).toBe(48);
    expect(five.map(({ time }) => time?.slice(8, 12)).filter((_, i) => [0, 23, 24, 47].includes(i))).toEqual([
      '0935',
      '1130',
      '1305',
      '1500',
    ]);
    expect(sixty.map(({ time }) => time?.slice(8))).toEqual(['103000000', '113000000', '140000000', '150000000']);
    expect(day('15').length).toBe(16);
    expect(day('30').length).toBe(8);
    for (const [i, bar] of sixty.entries()) {
      const part = five.slice(i * 12, i * 12 + 12);
      expect(bar.open).toBe(part[0]?.open);
      expect(bar.close).toBe(part.at(-1)?.close);
      expect(Number(bar.volume)).toBe(part.reduce((total, one) => total + Number(one.volume), 0));
      expect(Number(bar.high)).toBe(Math.max(...part.map(one => Number(one.high))));
    }
  });

  it('has no minutes for a suspended day', () => {
    const listing = stocks.find(one => one.suspensions.length > 0 && one.delisted === '');
    const date = calendar.sessions[listing?.suspensions[0]?.from as number];
    const code = listing?.code as string;
    expect(bars(code).find(bar => bar.date === date)?.tradestatus).toBe('0');
    expect(bars(code, '5').filter(bar => bar.date === date)).toEqual([]);
  });

  it('joins days into weeks under their last session and leaves the running one out', () => {
    const weekly = bars('sh.600519', 'w');
    expect(weekly.at(-1)?.date).toBe('2026-11-20');
    expect(bars('sh.600519', 'm').at(-1)?.date).toBe('2026-10-30');
    const last = weekly.at(-1);
    const days = bars('sh.600519').slice(-5);
    expect(last?.open).toBe(days[0]?.open);
    expect(Number(last?.high)).toBe(Math.max(...days.map(({ high }) => Number(high))));
    expect(Number(last?.volume)).toBe(days.reduce((total, { volume }) => total + Number(volume), 0));
  });

  it('answers a day of the whole market with the rows of the single codes', () => {
    const date = '2025-06-30';
    const byDate = market.barsOn(date, 'stock');
    expect(byDate.length).toBeGreaterThan(290);
    for (const row of byDate.filter((_, i) => i % 20 === 0)) {
      const bar = bars(row[1] as string).find(one => one.date === date);
      expect(row).toEqual(Object.values(bar ?? {}));
    }
    expect(market.barsOn('2026-09-25', 'stock')).toEqual([]);
  });

  it('makes 5,000 codes of 35 years without holding their bars', () => {
    const large = makeDemoMarket({ codes: 5000, years: 35 });
    expect(large.listings.filter(({ kind }) => kind === 'stock').length).toBe(5000);
    const series = large.bars('sh.600000', 'd', '3', allKnown) as Series;
    expect(series.length).toBeGreaterThan(6000);
    expect(series.row(series.length - 1)[0]).toBe('2026-11-20');
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    expect(large.barsOn('1999-06-30', 'stock').length).toBeGreaterThan(500);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200e6);
  });
});
