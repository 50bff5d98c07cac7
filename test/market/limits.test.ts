import { describe, expect, it } from 'vitest';
import type { IsoDate } from '../../src/market/date.ts';
import { limitPercent, limitPrice } from '../../src/market/limits.ts';

describe('limit percent', () => {
  it.each([
    ['main', '1996-12-13', false, undefined, null],
    ['main', '1996-12-16', false, undefined, 10],
    ['main', '2024-01-02', true, undefined, 5],
    ['main', '2026-07-03', true, undefined, 5],
    ['main', '2026-07-06', true, undefined, 10],
    ['chinext', '2020-08-21', false, undefined, 10],
    ['chinext', '2020-08-21', true, undefined, 10],
    ['chinext', '2020-08-24', true, undefined, 20],
    ['star', '2019-07-22', true, 6, 20],
    ['star', '2019-07-22', false, 5, null],
    ['bse', '2021-11-12', false, undefined, null],
    ['bse', '2021-11-15', false, 2, 30],
    ['bse', '2021-11-15', false, 1, null],
    ['chinext', '2021-01-04', false, 5, null],
    ['chinext', '2021-01-04', false, 6, 20],
    ['main', '2023-04-10', false, 5, null],
    ['main', '2023-04-07', false, 2, 10],
    ['main', '2007-01-04', false, 1, null],
  ] as const)('%s on %s, ST %s, session %s: %s', (board, date, isSt, session, percent) => {
    const question = { board, date: date as IsoDate, isSt, ...(session === undefined ? {} : { session }) };
    expect(limitPercent(question)).toEqual(percent === null ? null : { up: percent, down: percent });
  });

  it('was +44/−36 on the first day before registration', () => {
    const question = { date: '2020-01-02' as IsoDate, isSt: false, session: 1 };
    expect(limitPercent({ board: 'main', ...question })).toEqual({ up: 44, down: 36 });
    expect(limitPercent({ board: 'chinext', ...question })).toEqual({ up: 44, down: 36 });
  });
});

describe('limit price', () => {
  it.each([
    [10.05, 10, 11.06],
    [10.05, -10, 9.05],
    [1.15, 10, 1.27],
    [8.35, 10, 9.19],
    [4.35, 10, 4.79],
    [0.45, -10, 0.41],
    [2.05, 10, 2.26],
    [2.05, -10, 1.85],
    [1726.0, 10, 1898.6],
    [7.5, 5, 7.88],
    [7.1, 5, 7.46],
    [12.34, 20, 14.81],
    [9.99, 44, 14.39],
  ])('of %f by %i %% is %f, halves up', (preClose, percent, price) => {
    expect(limitPrice(preClose, percent)).toBe(price);
  });

  it('has three decimals for ETFs', () => {
    expect(limitPrice(3.905, 10, 3)).toBe(4.296);
    expect(limitPrice(3.905, -10, 3)).toBe(3.515);
  });

  it('equals exact rational rounding for every price to a cent up to 100 yuan', () => {
    for (let cents = 1; cents <= 10_000; cents += 7) {
      for (const percent of [5, 10, 20, 30, -5, -10, -20, -30]) {
        const exact = (BigInt(cents) * BigInt(100 + percent) * 2n + 100n) / 200n;
        expect(limitPrice(cents / 100, percent)).toBe(Number(exact) / 100);
      }
    }
  });
});
