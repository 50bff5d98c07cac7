import { describe, expect, it } from 'vitest';
import type { Code } from '../../src/market/code.ts';
import type { Batch } from '../../src/market/columns.ts';
import { type IsoDate, parseDays } from '../../src/market/date.ts';
import { rejectClosed, reviewBars } from '../../src/market/quality.ts';

interface Row {
  code: string | null;
  date: string | null;
  open: number | null;
  high: number | null;
  low: number | null;
  close: number | null;
  pre_close: number | null;
  volume: bigint | null;
  amount: number | null;
  pct_chg: number | null;
  is_suspended: boolean;
  time?: string;
}

const sound: Row = {
  code: 'sh.600519',
  date: '2024-01-02',
  open: 10,
  high: 11,
  low: 9,
  close: 10.5,
  pre_close: 10,
  volume: 1000n,
  amount: 10_200,
  pct_chg: 5,
  is_suspended: false,
};

const asked = {
  code: 'sh.600519' as Code,
  period: 'd' as const,
  from: '2024-01-01' as IsoDate,
  to: '2024-01-31' as IsoDate,
};

function batchOf(rows: readonly Row[]): Batch {
  const valid = (pick: (row: Row) => unknown): Uint8Array | null =>
    rows.some(row => pick(row) === null) ? Uint8Array.from(rows, row => (pick(row) === null ? 0 : 1)) : null;
  const double = (pick: (row: Row) => number | null) =>
    ({ kind: 'double', values: Float64Array.from(rows, row => pick(row) ?? 0), valid: valid(pick) }) as const;
  return {
    rows: rows.length,
    columns: {
      code: { kind: 'text', values: rows.map(row => row.code) },
      date: {
        kind: 'date',
        values: Int32Array.from(rows, row => parseDays(row.date ?? '') ?? 0),
        valid: valid(row => row.date),
      },
      ...(rows.some(row => row.time)
        ? {
            time: {
              kind: 'timestamp' as const,
              values: BigInt64Array.from(rows, row => BigInt(Date.parse(`${row.date}T${row.time}Z`)) * 1000n),
              valid: null,
            },
          }
        : {}),
      open: double(row => row.open),
      high: double(row => row.high),
      low: double(row => row.low),
      close: double(row => row.close),
      pre_close: double(row => row.pre_close),
      volume: {
        kind: 'bigint',
        values: BigInt64Array.from(rows, row => row.volume ?? 0n),
        valid: valid(row => row.volume),
      },
      amount: double(row => row.amount),
      pct_chg: double(row => row.pct_chg),
      is_suspended: { kind: 'flag', values: Uint8Array.from(rows, row => Number(row.is_suspended)), valid: null },
    },
  };
}

const review = (...rows: Partial<Row>[]) =>
  reviewBars(batchOf(rows.map(row => ({ ...sound, ...row }))), asked, row => `raw ${row}`);

const closes = (batch: Batch): number[] => [...(batch.columns.close as { values: Float64Array }).values];

describe('reviewing bars', () => {
  it('gives a sound batch back as it is', () => {
    const batch = batchOf([sound, { ...sound, date: '2024-01-03' }]);
    expect(reviewBars(batch, asked, String)).toEqual({ kept: batch, rejected: [], warnings: [] });
    expect(reviewBars(batch, asked, String).kept).toBe(batch);
  });

  it.each([
    [{ code: 'sz.000001' }, 'the code is not sh.600519, which was asked', '2024-01-02'],
    [{ code: null }, 'the code is missing', '2024-01-02'],
    [{ date: null }, 'the date is missing', null],
    [{ date: '2023-12-29' }, 'the date is outside 2024-01-01 to 2024-01-31, which was asked', '2023-12-29'],
    [{ date: '2024-02-01' }, 'the date is outside 2024-01-01 to 2024-01-31, which was asked', '2024-02-01'],
    [{ open: null }, 'open is missing', '2024-01-02'],
    [{ close: Number.NaN }, 'close is missing', '2024-01-02'],
    [{ high: Number.POSITIVE_INFINITY }, 'high is missing', '2024-01-02'],
    [{ low: 0 }, 'low is not above 0', '2024-01-02'],
    [{ open: -1 }, 'open is not above 0', '2024-01-02'],
    [{ high: 10.4 }, 'high is below another price', '2024-01-02'],
    [{ high: 9.5, open: 9.2, close: 9.1, low: 9.6 }, 'high is below another price', '2024-01-02'],
    [{ low: 10.2 }, 'low is above another price', '2024-01-02'],
    [{ volume: -1n }, 'volume is negative', '2024-01-02'],
    [{ amount: -0.01 }, 'amount is negative', '2024-01-02'],
    [{ amount: Number.NaN }, 'amount is not finite', '2024-01-02'],
  ] as [Partial<Row>, string, string | null][])('rejects %o alone: %s', (change, reason, at) => {
    const { kept, rejected } = review({ date: '2024-01-10', close: 9.5 }, change, { date: '2024-01-11', close: 9.6 });
    expect(rejected).toEqual([{ code: 'code' in change ? change.code : 'sh.600519', at, reason, raw: 'raw 1' }]);
    expect(closes(kept)).toEqual([9.5, 9.6]);
  });

  it('keeps NULL quantities, flat suspended rows and prices that touch', () => {
    const { rejected } = review(
      { volume: null, amount: null },
      { date: '2024-01-03', open: 5, high: 5, low: 5, close: 5, volume: 0n, amount: 0, is_suspended: true },
    );
    expect(rejected).toEqual([]);
  });

  it('keeps one of equal rows, silently', () => {
    const { kept, rejected } = review({}, { date: '2024-01-03' }, {}, {});
    expect(kept.rows).toBe(2);
    expect(rejected).toEqual([]);
  });

  it('rejects every row of a key with different values', () => {
    const { kept, rejected } = review({}, { date: '2024-01-03' }, { close: 10.6 }, { pre_close: null });
    expect(kept.rows).toBe(1);
    expect(rejected.map(({ at, reason, raw }) => [at, reason, raw])).toEqual(
      [0, 2, 3].map(row => ['2024-01-02', 'the same day came 3 times with different values', `raw ${row}`]),
    );
  });

  it('does not count a rejected row as a repeat', () => {
    const { kept, rejected } = review({}, { high: 1 });
    expect([kept.rows, rejected.length]).toEqual([1, 1]);
  });

  it('takes the minute as the key of minute bars', () => {
    const rows = [
      { ...sound, time: '09:35' },
      { ...sound, time: '09:40' },
      { ...sound, time: '09:40', close: 10.6 },
    ];
    const { kept, rejected } = reviewBars(batchOf(rows), { ...asked, period: '5' }, String);
    expect(kept.rows).toBe(1);
    expect(rejected.map(({ at, reason }) => [at, reason])).toEqual(
      Array(2).fill(['2024-01-02 09:40:00', 'the same minute came 2 times with different values']),
    );
  });

  it('takes code and day as the key of an answer about the whole market', () => {
    const rows = [sound, { ...sound, code: 'sz.000001' }, { ...sound, code: 'sz.000001', close: 10.1 }];
    const { kept, rejected } = reviewBars(batchOf(rows), { ...asked, code: null }, String);
    expect(kept.rows).toBe(1);
    expect(rejected.map(({ code }) => code)).toEqual(['sz.000001', 'sz.000001']);
  });

  it('counts what is odd and keeps it', () => {
    const { kept, warnings } = review(
      { date: '2024-01-02', amount: 1_020_000 },
      { date: '2024-01-03', amount: 102 },
      { date: '2024-01-04', volume: 0n, amount: 0 },
      { date: '2024-01-05', pct_chg: 5.02 },
      { date: '2024-01-08', volume: 0n, amount: 0, is_suspended: true },
    );
    expect(kept.rows).toBe(5);
    expect(warnings).toEqual([
      { rule: 'average price outside low and high', rows: 2, first: 'sh.600519 2024-01-02' },
      { rule: 'traded without volume', rows: 1, first: 'sh.600519 2024-01-04' },
      { rule: 'pct_chg is not close against pre_close', rows: 1, first: 'sh.600519 2024-01-05' },
    ]);
  });

  it('knows that the points of an index are no average price', () => {
    const rows = [{ ...sound, code: 'sh.000001', amount: 3.6e11, volume: 1n << 34n }];
    expect(reviewBars(batchOf(rows), { ...asked, code: 'sh.000001' as Code }, String).warnings).toEqual([]);
  });
});

describe('days without a session', () => {
  const days = new Set([parseDays('2024-01-06'), parseDays('2024-01-07')] as number[]);
  const closed = (day: number) => days.has(day);
  const rows = ['2024-01-05', '2024-01-07', '2024-01-08'].map(date => ({ ...sound, date }));

  it('keeps the bar of such a day out alone, with its cells', () => {
    const { kept, rejected } = rejectClosed(batchOf(rows), closed, null);
    expect(kept.rows).toBe(2);
    expect(kept.columns.date).toMatchObject({ values: Int32Array.of(19_727, 19_730) });
    expect(rejected).toMatchObject([{ code: 'sh.600519', at: '2024-01-07', reason: 'that day was no session' }]);
    expect(JSON.parse(rejected[0]?.raw ?? '').slice(0, 3)).toEqual(['sh.600519', '2024-01-07', '10']);
  });

  it('names the code of bars that came without one, and the minute', () => {
    const { columns } = batchOf([{ ...sound, date: '2024-01-07', time: '09:35' }]);
    const { code: _, ...rest } = columns;
    const { kept, rejected } = rejectClosed({ rows: 1, columns: rest }, closed, 'sh.600519' as Code);
    expect(kept.rows).toBe(0);
    expect(rejected).toMatchObject([{ code: 'sh.600519', at: '2024-01-07 09:35:00' }]);
    expect(rejected[0]?.raw).toContain('"2024-01-07 09:35:00"');
  });

  it('hands the very batch on where nothing is to be kept out', () => {
    const batch = batchOf(rows);
    expect(rejectClosed(batch, () => false, null)).toEqual({ kept: batch, rejected: [] });
    expect(rejectClosed(batch, () => false, null).kept).toBe(batch);
  });
});
