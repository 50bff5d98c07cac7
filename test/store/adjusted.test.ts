/** Factors, their spans, and the adjusted views over raw bars. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { readQuarantine } from '../../src/store/quarantine.ts';
import { tableHash } from '../../src/store/table-hash.ts';
import { commit } from '../../src/store/writer.ts';
import {
  all,
  ended,
  endedDataset,
  Files,
  factorsPart,
  minutesBatch,
  request,
  series,
  startRun,
  weekdays,
} from './fixture.ts';

const data = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/data/a-share');
if (!existsSync(data)) console.log(`skipped: the real bars are not at ${data}`);

let files: Files;
let database: OpenedDatabase;
let run: number;

beforeAll(() => {
  files = new Files();
});
afterAll(() => files.close());

beforeEach(async () => {
  database = await files.open();
  run = await startRun(database, 20);
});

const pufa = 'sh.600000';

/** Close in the three forms on a day. */
async function closes(date: string): Promise<[raw: number, hfq: number, qfq: number]> {
  const [row] = await all(
    database,
    `select d.close, h.close, q.close from daily d join daily_hfq h using (code, date) join daily_qfq q using (code, date) where date = '${date}'`,
  );
  return row as [number, number, number];
}

const bar = (date: string, close: number) => ended({ bars: [{ code: pufa, date, close }] });

describe('adjusted prices', () => {
  // Factor rows of the provider's documentation and its answer for 2023-01-03: fore 0.855421, back 11.434431.
  const last = 11.434431 / 0.855421;
  const factors = {
    '2015-06-23': 6.295967,
    '2016-06-23': 7.128788,
    '2017-05-25': 9.385732,
    '2022-07-21': 11.434431,
    '2024-07-18': last,
  };

  it("are the provider's own on its documented day", async () => {
    await commit(database, request(run, [ended({ bars: [{ code: pufa, date: '2023-01-03', close: 7.23 }], factors })]));
    const [raw, hfq, qfq] = await closes('2023-01-03');
    expect(raw).toBe(7.23);
    expect(Math.abs(hfq / 82.67093613 - 1)).toBeLessThan(1e-9);
    expect(Math.abs(qfq / 6.18469383 - 1)).toBeLessThan(1e-9);
  });

  it('are exact before the first event, on each ex-date and after the last', async () => {
    const day = (date: string) => ({ code: pufa, date, close: 10 });
    const bars = ['2015-06-22', '2015-06-23', '2016-06-22', '2016-06-23', '2026-11-20'].map(day);
    await commit(database, request(run, [ended({ bars, factors })]));
    expect(await closes('2015-06-22')).toEqual([10, 10, 10 * (1 / last)]);
    expect(await closes('2015-06-23')).toEqual([10, 10 * 6.295967, 10 * (6.295967 / last)]);
    expect(await closes('2016-06-22')).toEqual([10, 10 * 6.295967, 10 * (6.295967 / last)]);
    expect(await closes('2016-06-23')).toEqual([10, 10 * 7.128788, 10 * (7.128788 / last)]);
    expect(await closes('2026-11-20')).toEqual([10, 10 * last, 10]);
  });

  it('scale every price by the factor of its own day, and leave volume, amount and the rest', async () => {
    const one = {
      code: pufa,
      date: '2023-01-03',
      open: 1,
      high: 4,
      low: 0.5,
      close: 2,
      pre_close: 3,
      volume: 77n,
      amount: 88,
    };
    await commit(database, request(run, [ended({ bars: [one], factors: { '2022-07-21': 2, '2024-07-18': 4 } })]));
    const columns = 'open, high, low, close, pre_close, volume, amount, turn, pb_mrq, is_suspended, source';
    expect(await all(database, `select ${columns} from daily_hfq`)).toEqual([
      [2, 8, 1, 4, 6, 77, 88, 0.5, 1.5, false, 'baostock'],
    ]);
    expect(await all(database, `select ${columns} from daily_qfq`)).toEqual([
      [0.5, 2, 0.25, 1, 1.5, 77, 88, 0.5, 1.5, false, 'baostock'],
    ]);
  });

  it('of a code without events are the raw ones', async () => {
    await commit(
      database,
      request(run, [ended({ code: 'sh.000001', bars: [{ code: 'sh.000001', date: '2023-01-03', close: 3116.5 }] })]),
    );
    expect(await closes('2023-01-03')).toEqual([3116.5, 3116.5, 3116.5]);
  });

  it('of older days follow a new dividend forward, and do not move backward', async () => {
    const days = weekdays('2024-01-01', '2024-03-29');
    await commit(database, request(run, [ended({ bars: series(pufa, days), factors: { '2022-07-21': 1.25 } })]));
    const read = async (view: string) =>
      (await all(database, `select close from ${view} order by date`)).map(([close]) => close as number);
    const [hfq, qfq] = [await read('daily_hfq'), await read('daily_qfq')];
    const ratio = 1.04;
    await commit(
      database,
      request(run, [
        ended({ bars: series(pufa, ['2024-04-01']), factors: { '2022-07-21': 1.25, '2024-04-01': 1.25 * ratio } }),
      ]),
    );
    expect((await read('daily_hfq')).slice(0, -1)).toEqual(hfq);
    for (const [index, close] of (await read('daily_qfq')).slice(0, -1).entries()) {
      expect(Math.abs(close / ((qfq[index] as number) / ratio) - 1)).toBeLessThan(1e-9);
    }
  });

  it('of minutes use the factor of their day', async () => {
    const batch = minutesBatch([
      { code: pufa, stamp: '2022-07-20 15:00', close: 10 },
      { code: pufa, stamp: '2022-07-21 09:35', close: 9 },
    ]);
    await commit(database, request(run, [ended({ code: pufa, period: '5', batch, factors: { '2022-07-21': 1.1 } })]));
    expect(await all(database, 'select close from min5_hfq order by time')).toEqual([[10], [9 * 1.1]]);
  });
});

describe('spans', () => {
  const spans = () =>
    all(
      database,
      'select from_date::varchar, to_date::varchar, hfq_factor, last_factor from meta.factor_spans order by 1',
    );

  it('cover all time without a gap', async () => {
    await commit(
      database,
      request(run, [ended({ bars: series(pufa, ['2024-01-02']), factors: { '2020-07-23': 1.5, '2021-07-21': 2 } })]),
    );
    expect(await spans()).toEqual([
      ['1900-01-01', '2020-07-22', 1, 2],
      ['2020-07-23', '2021-07-20', 1.5, 2],
      ['2021-07-21', '9999-12-31', 2, 2],
    ]);
  });

  it('are there for every code with bars', async () => {
    await commit(database, request(run, [bar('2024-01-02', 10)]));
    expect(await spans()).toEqual([['1900-01-01', '9999-12-31', 1, 1]]);
    await commit(
      database,
      request(run, [ended({ bars: series(pufa, ['2024-01-03']), factors: { '2024-01-03': 1.2 } })]),
    );
    expect(await spans()).toHaveLength(2);
    await commit(database, request(run, [bar('2024-01-04', 10)]));
    expect(await spans()).toHaveLength(2);
  });

  it('and factors stay untouched by the same history again', async () => {
    const task = () => ended({ bars: series(pufa, ['2024-01-02']), factors: { '2020-07-23': 1.5 } });
    await commit(database, request(run, [task()]));
    const before = await tableHash(database, 'meta.factor_spans');
    expect(await commit(database, request(run, [task()]))).toMatchObject({ exDates: 0, revised: 0 });
    expect(await tableHash(database, 'meta.factor_spans')).toBe(before);
  });

  it('follow a history that changed, with what was before in meta.revisions', async () => {
    await commit(
      database,
      request(run, [
        ended({ bars: series(pufa, ['2024-01-02']), factors: { '2020-07-23': 1.5, '2021-07-21': 2, '2022-07-21': 3 } }),
      ]),
    );
    const committed = await commit(
      database,
      request(run, [ended({ bars: series(pufa, ['2024-01-02']), factors: { '2020-07-23': 1.5, '2022-07-21': 2.9 } })]),
    );
    expect(committed).toMatchObject({ exDates: 2, revised: 2, rows: 0 });
    expect(await spans()).toEqual([
      ['1900-01-01', '2020-07-22', 1, 2.9],
      ['2020-07-23', '2022-07-20', 1.5, 2.9],
      ['2022-07-21', '9999-12-31', 2.9, 2.9],
    ]);
    const revisions = `select "at", (old->>'hfq_factor')::double, (new->>'hfq_factor')::double from meta.revisions order by "at"`;
    expect(await all(database, revisions)).toEqual([
      ['2021-07-21', 2, null],
      ['2022-07-21', 3, 2.9],
    ]);
  });

  it('keep the factors that an empty history would delete, and say so in quarantine', async () => {
    await commit(
      database,
      request(run, [ended({ bars: series(pufa, ['2024-01-02']), factors: { '2020-07-23': 1.5 } })]),
    );
    await commit(database, request(run, [ended({ bars: series(pufa, ['2024-01-03']), factors: {} })]));
    expect(await spans()).toHaveLength(2);
    expect(await readQuarantine(database)).toMatchObject([
      { code: pufa, dataset: 'adj_factors', reason: 'no factors came where 1 are stored' },
    ]);
  });

  it('of one day for the whole market add to a history and delete nothing', async () => {
    await commit(
      database,
      request(run, [ended({ bars: series(pufa, ['2024-01-02']), factors: { '2020-07-23': 1.5 } })]),
    );
    await commit(
      database,
      request(run, [endedDataset('factors', [factorsPart(pufa, { '2024-01-03': 1.6 })], { date: '2024-01-03' })]),
    );
    expect(await spans()).toEqual([
      ['1900-01-01', '2020-07-22', 1, 1.6],
      ['2020-07-23', '2024-01-02', 1.5, 1.6],
      ['2024-01-03', '9999-12-31', 1.6, 1.6],
    ]);
  });

  it('keep a provisional factor until the provider has a newer one', async () => {
    await commit(
      database,
      request(run, [ended({ bars: series(pufa, ['2024-01-02']), factors: { '2020-07-23': 1.5 } })]),
    );
    await database.pool.execute(
      `insert into adj_factors values ('${pufa}', '2024-01-02', 1.6, 'derived', 'provisional')`,
    );
    await commit(
      database,
      request(run, [ended({ bars: series(pufa, ['2024-01-02']), factors: { '2020-07-23': 1.5 } })]),
    );
    expect(await all(database, 'select ex_date::varchar, status from adj_factors order by 1')).toEqual([
      ['2020-07-23', 'settled'],
      ['2024-01-02', 'provisional'],
    ]);
    await commit(
      database,
      request(run, [ended({ bars: series(pufa, ['2024-01-02']), factors: { '2020-07-23': 1.5, '2024-01-02': 1.61 } })]),
    );
    expect(await all(database, 'select hfq_factor, status, source from adj_factors order by ex_date')).toEqual([
      [1.5, 'settled', 'baostock'],
      [1.61, 'settled', 'baostock'],
    ]);
  });
});

describe.skipIf(!existsSync(data))('on real bars', () => {
  it("the forward closes keep the provider's proportions", async () => {
    const factors = new Map<string, Record<string, number>>();
    for (const line of readFileSync(join(data, 'adjust-factor-derived.csv'), 'utf8').trim().split('\n').slice(1)) {
      const [code = '', exDate = '', , back] = line.split(',');
      factors.set(code, { ...factors.get(code), [exDate]: Number(back) });
    }
    const codes = readdirSync(join(data, 'daily-qfq'))
      .map(name => name.replace('.csv', ''))
      .filter(code => factors.has(code));
    await database.pool.execute(
      `insert into daily (code, date, close, is_suspended) select code, date, close, tradestatus = 0 from read_csv($files)`,
      { files: codes.map(code => join(data, 'daily-raw', `${code}.csv`)) as never },
    );
    await commit(
      database,
      request(run, [
        endedDataset(
          'factors',
          codes.map(code => factorsPart(code, factors.get(code) ?? {})),
          { date: '2025-04-07' },
        ),
      ]),
    );
    expect(codes.length).toBeGreaterThan(20);
    // The provider's forward series is anchored at a later event: its ratio to ours is one number a code.
    const { rows } = await database.pool.query(
      `with ratios as (
        select q.code, p.close / q.close as ratio from daily_qfq q
        join read_csv($files) p on p.code = q.code and p.date = q.date)
      select count(*), count(distinct code), max(abs(ratio / middle - 1))
      from ratios join (select code, median(ratio) as middle from ratios group by code) using (code)`,
      { files: codes.map(code => join(data, 'daily-qfq', `${code}.csv`)) as never },
    );
    expect(Number(rows[0]?.[0])).toBeGreaterThan(10_000);
    expect(Number(rows[0]?.[1])).toBe(codes.length);
    expect(Number(rows[0]?.[2])).toBeLessThan(0.0006);
  });
});
