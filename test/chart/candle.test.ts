import { describe, expect, it } from 'vitest';
import { change, grouped, lastOfGroups, movingAverage, type PricedCandle, rises } from '../../src/chart/candle.ts';
import { candle, day, many } from './series.ts';

describe('candles put together', () => {
  it('keep first open, highest, lowest, last close and all volume', () => {
    const [one, two, three] = [
      candle(0, { open: 10, high: 12, low: 9, close: 11, volume: 5 }),
      candle(1, { open: 11, high: 15, low: 10, close: 14, volume: 7, isEx: true }),
      candle(2, { open: 14, high: 14, low: 8, close: 9, volume: 1 }),
    ];
    expect(grouped([one, two, three], 3)).toMatchObject([
      {
        from: day(0),
        to: day(2),
        open: 10,
        high: 15,
        low: 8,
        close: 9,
        volume: 13,
        isEx: true,
        preClose: one.preClose,
      },
    ]);
  });

  it('are counted from the newest: only the oldest group is short', () => {
    expect(grouped(many(7), 3).map(({ from, to }) => [from, to])).toEqual([
      [day(0), day(0)],
      [day(1), day(3)],
      [day(4), day(6)],
    ]);
    expect(lastOfGroups([0, 1, 2, 3, 4, 5, 6], 3)).toEqual([0, 3, 6]);
  });

  it('take no price from a suspended session while another traded', () => {
    const traded = candle(1, { open: 10, high: 10.5, low: 9.9, close: 10.2 });
    const halted = candle(0, { open: 50, high: 50, low: 50, close: 50, isSuspended: true });
    expect(grouped([halted, traded], 2)[0]).toMatchObject({ high: 10.5, low: 9.9, isSuspended: false });
    expect(grouped([halted, halted], 2)[0]).toMatchObject({ close: 50, isSuspended: true });
  });

  it('have no price where none is known', () => {
    const unknown = candle(0, { open: null, high: null, low: null, close: null });
    expect(grouped([unknown, unknown], 2)[0]).toMatchObject({ open: null, close: null });
  });
});

describe('a moving average', () => {
  it('begins when its window is full', () => {
    const closes = [1, 2, 3, 4].map((close, n) => candle(n, { close }));
    expect(movingAverage(closes, 3)).toEqual([null, null, 2, 3]);
  });

  it('is not known while a close in its window is not', () => {
    const closes = [1, null, 3, 4, 5].map((close, n) => candle(n, { close }));
    expect(movingAverage(closes, 2)).toEqual([null, null, null, 3.5, 4.5]);
  });
});

describe('direction and change', () => {
  it('of a bar that ends where it began are those against its reference', () => {
    const limitUp = candle(0, { open: 11, high: 11, low: 11, close: 11, preClose: 10 }) as PricedCandle;
    expect(rises(limitUp)).toBe(true);
    expect(change(limitUp)).toBeCloseTo(10, 9);
    expect(rises({ ...limitUp, preClose: 12.2 })).toBe(false);
  });
});
