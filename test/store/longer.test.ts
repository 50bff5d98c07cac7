/** Weeks, months and longer minutes, derived at every read. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { commit } from '../../src/store/writer.ts';
import {
  all,
  type Bar,
  calendarPart,
  ended,
  endedDataset,
  Files,
  instrumentsPart,
  type MinuteBar,
  minutesBatch,
  request,
  series,
  startRun,
  weekdays,
} from './fixture.ts';

let files: Files;
let database: OpenedDatabase;
let run: number;

beforeAll(() => {
  files = new Files();
});
afterAll(() => files.close());

const maotai = 'sh.600519';

beforeEach(async () => {
  database = await files.open();
  run = await startRun(database, 20);
  // Friday 2024-03-15 is closed.
  await commit(
    database,
    request(run, [endedDataset('calendar', [calendarPart('2024-01-01', '2024-12-31', ['2024-03-15'])])]),
  );
});

const flat = (date: string, price: number): Bar => ({
  code: maotai,
  date,
  close: price,
  open: price,
  high: price,
  low: price,
});

describe('a week', () => {
  it('over an ex-day is the aggregate of the adjusted days', async () => {
    // 10 for 10 on Wednesday: the price halves, the holding does not.
    const bars: Bar[] = [
      {
        code: maotai,
        date: '2024-03-04',
        open: 20,
        high: 22,
        low: 19,
        close: 21,
        pre_close: 20,
        volume: 100n,
        amount: 2100,
      },
      {
        code: maotai,
        date: '2024-03-05',
        open: 21,
        high: 24,
        low: 20,
        close: 22,
        pre_close: 21,
        volume: 100n,
        amount: 2200,
      },
      {
        code: maotai,
        date: '2024-03-06',
        open: 11,
        high: 11.5,
        low: 10,
        close: 11,
        pre_close: 11,
        volume: 200n,
        amount: 2200,
      },
      {
        code: maotai,
        date: '2024-03-07',
        open: 11,
        high: 12.5,
        low: 10.5,
        close: 12,
        pre_close: 11,
        volume: 200n,
        amount: 2400,
      },
      {
        code: maotai,
        date: '2024-03-08',
        open: 12,
        high: 12,
        low: 11,
        close: 11.5,
        pre_close: 12,
        volume: 200n,
        amount: 2300,
      },
    ];
    await commit(database, request(run, [ended({ bars, factors: { '2024-03-06': 2 } })]));
    const week = (view: string) =>
      all(
        database,
        `select date::varchar, open, high, low, close, pre_close, volume, amount, sessions, round(pct_chg, 9), is_complete from ${view}`,
      );
    expect(await week('weekly_qfq')).toEqual([['2024-03-08', 10, 12.5, 9.5, 11.5, 10, 800, 11_200, 5, 15, true]]);
    expect(await week('weekly_hfq')).toEqual([['2024-03-08', 20, 25, 19, 23, 20, 800, 11_200, 5, 15, true]]);
    expect(await week('weekly')).toEqual([['2024-03-08', 20, 24, 10, 11.5, 20, 800, 11_200, 5, 15, true]]);
  });

  it('takes no price from a suspended day unless nothing else is in it', async () => {
    const suspended = (date: string): Bar => ({
      ...flat(date, 50),
      volume: 0n,
      amount: 0,
      turn: null,
      suspended: true,
    });
    await commit(
      database,
      request(run, [
        ended({
          bars: [
            suspended('2024-03-04'),
            suspended('2024-03-05'),
            { ...flat('2024-03-06', 40), pre_close: 50 },
            flat('2024-03-07', 41),
            flat('2024-03-08', 42),
            ...['2024-03-11', '2024-03-12', '2024-03-13', '2024-03-14'].map(date => ({
              ...suspended(date),
              close: 42,
              open: 42,
              high: 42,
              low: 42,
            })),
          ],
        }),
      ]),
    );
    expect(await all(database, 'select open, high, low, close, sessions, turn from weekly order by date')).toEqual([
      [40, 42, 40, 42, 3, 1.5],
      [42, 42, 42, 42, 0, null],
    ]);
  });

  it('is complete with the last session of its calendar, a later bar, or the end of the listing', async () => {
    const complete = async (of: string) =>
      (await all(database, `select is_complete from weekly where code = '${of}' order by date`)).map(([is]) => is);
    await commit(
      database,
      request(run, [
        ended({ bars: series('sh.600001', weekdays('2024-03-04', '2024-03-13')) }),
        ended({ bars: series('sh.600002', weekdays('2024-03-04', '2024-03-14')) }),
        ended({ bars: series('sh.600003', ['2024-03-05', '2024-03-12']) }),
        endedDataset('instruments', [
          instrumentsPart([{ code: 'sh.600003', name: '邯郸钢铁', delisted: '2024-03-14' }]),
        ]),
      ]),
    );
    expect(await complete('sh.600001')).toEqual([true, false]);
    expect(await complete('sh.600002')).toEqual([true, true]);
    expect(await complete('sh.600003')).toEqual([true, true]);
  });

  it('at the edge of the calendar is not known to be complete', async () => {
    await commit(database, request(run, [ended({ bars: series(maotai, ['2024-12-30', '2024-12-31']) })]));
    expect(await all(database, 'select is_complete from weekly')).toEqual([[false]]);
    expect(await all(database, 'select is_complete from monthly')).toEqual([[true]]);
  });
});

describe('a month', () => {
  it('is dated by its last session and runs until that is stored', async () => {
    await commit(database, request(run, [ended({ bars: series(maotai, weekdays('2024-01-02', '2024-02-28')) })]));
    expect(await all(database, 'select date::varchar, sessions, is_complete from monthly order by date')).toEqual([
      ['2024-01-31', 22, true],
      ['2024-02-28', 20, false],
    ]);
    await commit(database, request(run, [ended({ bars: series(maotai, ['2024-02-29']) })]));
    expect(
      await all(database, `select date::varchar, is_complete from monthly_qfq where date >= '2024-02-01'`),
    ).toEqual([['2024-02-29', true]]);
  });
});

/** A full session of 5-minute bars: 48, each a little higher. */
function session(date: string): MinuteBar[] {
  const stamps: string[] = [];
  for (const [start, end] of [
    [575, 690],
    [785, 900],
  ] as const) {
    for (let minute = start; minute <= end; minute += 5) {
      stamps.push(
        `${date} ${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`,
      );
    }
  }
  return stamps.map((stamp, index) => ({
    code: maotai,
    stamp,
    open: index,
    high: index + 2,
    low: index - 1,
    close: index + 1,
  }));
}

describe('longer minutes', () => {
  it.each([
    [
      15,
      16,
      [
        '09:45',
        '10:00',
        '10:15',
        '10:30',
        '10:45',
        '11:00',
        '11:15',
        '11:30',
        '13:15',
        '13:30',
        '13:45',
        '14:00',
        '14:15',
        '14:30',
        '14:45',
        '15:00',
      ],
    ],
    [30, 8, ['10:00', '10:30', '11:00', '11:30', '13:30', '14:00', '14:30', '15:00']],
    [60, 4, ['10:30', '11:30', '14:00', '15:00']],
  ])('of %i are built from 48 of 5: %i with their own ends', async (length, count, stamps) => {
    await commit(
      database,
      request(run, [ended({ code: maotai, period: '5', batch: minutesBatch(session('2024-01-02')) })]),
    );
    const bars = await all(
      database,
      `select strftime(time, '%H:%M'), open, high, low, close, volume, amount > 0 from min${length} order by time`,
    );
    const of = 48 / count;
    expect(bars).toEqual(
      stamps.map((stamp, index) => [
        stamp,
        index * of,
        index * of + of + 1,
        index * of - 1,
        index * of + of,
        of * 100,
        true,
      ]),
    );
  });

  it('are those that were fetched, on the days of a code on which they were', async () => {
    await commit(
      database,
      request(run, [
        ended({
          code: maotai,
          period: '5',
          batch: minutesBatch([...session('2024-01-02'), ...session('2024-01-03')]),
          from: '2024-01-02',
          to: '2024-01-03',
        }),
        ended({
          code: maotai,
          period: '60',
          batch: minutesBatch(
            ['10:30', '11:30', '14:00', '15:00'].map(at => ({ code: maotai, stamp: `2024-01-03 ${at}`, close: 777 })),
          ),
        }),
      ]),
    );
    expect(
      await all(database, 'select date::varchar, count(*), max(close) from min60 group by date order by date'),
    ).toEqual([
      ['2024-01-02', 4, 48],
      ['2024-01-03', 4, 777],
    ]);
    expect(await all(database, `select count(*) from min15_qfq where date = '2024-01-03'`)).toEqual([[16]]);
  });
});

describe('session(n)', () => {
  it('is the n-th newest session that has daily bars', async () => {
    expect(await all(database, 'select session(0)')).toEqual([[null]]);
    await commit(
      database,
      request(run, [
        ended({
          bars: series(
            maotai,
            weekdays('2024-03-04', '2024-03-18').filter(date => date !== '2024-03-15'),
          ),
        }),
      ]),
    );
    expect(await all(database, 'select session(0)::varchar, session(1)::varchar, session(2)::varchar')).toEqual([
      ['2024-03-18', '2024-03-14', '2024-03-13'],
    ]);
    expect(await all(database, 'select count(*) from daily_qfq where date = session(1)')).toEqual([[1]]);
    const captured = 'select session(date)::varchar, session(seq)::varchar from (select 1 as date, 2 as seq)';
    expect(await all(database, captured)).toEqual([['2024-03-14', '2024-03-13']]);
  });

  it('yi() counts in hundred millions', async () => {
    expect(await all(database, 'select yi(amount) from (select 6842123456.0 as amount)')).toEqual([[68.42]]);
  });
});
