/** Rows through the writer: stored whole, never doubled, revised with a trace. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCoverage } from '../../src/store/coverage.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { tableHash } from '../../src/store/table-hash.ts';
import { commit } from '../../src/store/writer.ts';
import {
  all,
  type Bar,
  barsBatch,
  calendarPart,
  code,
  ended,
  endedDataset,
  Files,
  instrumentsPart,
  minutesBatch,
  request,
  series,
  startRun,
  weekdays,
} from './fixture.ts';

let files: Files;
let database: OpenedDatabase;

beforeAll(() => {
  files = new Files();
});
afterAll(() => files.close());

const maotai = 'sh.600519';
const days = weekdays('2024-01-01', '2024-03-29');

async function fresh(planned = 10): Promise<number> {
  database = await files.open();
  const run = await startRun(database, planned);
  await commit(database, request(run, [endedDataset('calendar', [calendarPart('2023-01-01', '2026-12-31')])]));
  return run;
}

async function duplicates(): Promise<unknown[][]> {
  return all(database, 'select code, date from daily group by all having count(*) > 1');
}

describe('rows', () => {
  it('are stored with every value, and NULL where nothing came', async () => {
    const run = await fresh();
    const bars = series(maotai, days).map((bar, index) => ({ ...bar, turn: index % 3 === 0 ? null : 0.25 }));
    const committed = await commit(database, request(run, [ended({ bars })]));
    expect(committed).toMatchObject({ rows: days.length, revised: 0, quarantined: 0 });
    const stored = await all(
      database,
      `select date::varchar, open, close, pre_close, volume, turn, pe_ttm, is_suspended, pcf_ncf_ttm, source from daily order by date`,
    );
    expect(stored).toEqual(
      bars.map(bar => [
        bar.date,
        bar.close,
        bar.close,
        bar.close,
        Number(bar.volume),
        bar.turn,
        null,
        false,
        3.5,
        'baostock',
      ]),
    );
  });

  it('of thousands of small tasks share chunks and keep their codes', async () => {
    const run = await fresh();
    const codes = Array.from({ length: 1500 }, (_, index) => `sh.${600_000 + index}`);
    const tasks = codes.map((one, index) => ended({ bars: series(one, days.slice(0, 1 + (index % 4)), index) }));
    const committed = await commit(database, request(run, tasks));
    expect(committed.rows).toBe(tasks.reduce((sum, { parts }) => sum + (parts[0]?.batch.rows ?? 0), 0));
    expect(tasks.map(({ task }) => committed.rowsOf.get(task.id))).toEqual(codes.map((_, index) => 1 + (index % 4)));
    const wrong = `select count(*) from daily where round(close - (date - date '2024-01-01') / 100.0, 2) <> code[4:]::integer - 600000`;
    expect(await all(database, wrong)).toEqual([[0]]);
  });

  it('larger than one chunk keep their order and their NULLs', async () => {
    const run = await fresh();
    const many = weekdays('2000-01-03', '2023-12-29');
    const bars = series(maotai, many).map((bar, index) => ({ ...bar, turn: index % 2047 === 0 ? null : index }));
    expect(many.length).toBeGreaterThan(4096);
    await commit(database, request(run, [ended({ bars }), ended({ bars: series('sz.000001', days) })]));
    const stored = await all(database, `select turn from daily where code = '${maotai}' order by rowid`);
    expect(stored.map(([turn]) => turn)).toEqual(bars.map(bar => bar.turn));
  });

  it('committed again change nothing, from the same task or a later run', async () => {
    const run = await fresh();
    const task = ended({ bars: series(maotai, days), factors: { '2024-02-05': 1.5 } });
    await commit(database, request(run, [task]));
    const hashes = async () =>
      Promise.all(
        ['daily', 'adj_factors', 'meta.factor_spans', 'meta.revisions'].map(table => tableHash(database, table)),
      );
    const before = await hashes();
    expect(await commit(database, request(run, [task]))).toMatchObject({ rows: 0, revised: 0, exDates: 0 });
    const later = await startRun(database, 1);
    expect(await commit(database, request(later, [task, task]))).toMatchObject({ rows: 0, revised: 0, exDates: 0 });
    expect(await hashes()).toEqual(before);
  });

  it('that a statement of the user stored twice are one again when they come, and leave a trace', async () => {
    const run = await fresh();
    const bars = series(maotai, days);
    await commit(database, request(run, [ended({ bars })]));
    const before = await tableHash(database, 'daily');
    await database.pool.execute(`insert into daily (code, date, close) values ('${maotai}', date '2024-02-01', 9)`);
    await database.pool.execute(`insert into daily from daily where code = '${maotai}' and date = date '2024-02-02'`);
    expect(await duplicates()).toHaveLength(2);
    const later = await startRun(database, 1);
    expect(await commit(database, request(later, [ended({ bars })]))).toMatchObject({ rows: 0, revised: 0 });
    expect(await tableHash(database, 'daily')).toEqual(before);
    const taken = await all(database, `select "at", (old->>'close')::double, new from meta.revisions order by "at"`);
    expect(taken).toEqual([
      ['2024-02-01', 9, null],
      ['2024-02-02', bars.find(({ date }) => date === '2024-02-02')?.close, null],
    ]);
  });

  it('of the same task twice in one commit are stored once', async () => {
    const run = await fresh();
    const bars = series(maotai, days);
    const committed = await commit(database, request(run, [ended({ bars }), ended({ bars })]));
    expect(committed.rows).toBe(days.length);
    expect(await duplicates()).toEqual([]);
  });

  it('of overlapping ranges are stored once, in one commit and over several', async () => {
    const run = await fresh();
    const bars = series(maotai, days);
    await commit(database, request(run, [ended({ bars: bars.slice(0, 30) }), ended({ bars: bars.slice(20, 40) })]));
    expect(await commit(database, request(run, [ended({ bars: bars.slice(35) })]))).toMatchObject({
      rows: days.length - 40,
    });
    expect(await commit(database, request(run, [ended({ bars })]))).toMatchObject({ rows: 0 });
    expect(await duplicates()).toEqual([]);
    expect(await all(database, 'select count(*) from daily')).toEqual([[days.length]]);
  });

  it('are not doubled where coverage was lost or says too much', async () => {
    const run = await fresh();
    const bars = series(maotai, days);
    await commit(database, request(run, [ended({ bars })]));
    await database.pool.execute('delete from meta.coverage');
    expect(await commit(database, request(run, [ended({ bars })]))).toMatchObject({ rows: 0 });
    await database.pool.execute(`delete from daily where date between '2024-02-01' and '2024-02-09'`);
    expect(await commit(database, request(run, [ended({ bars })]))).toMatchObject({ rows: 7 });
    expect(await duplicates()).toEqual([]);
    expect(await all(database, 'select count(*) from daily')).toEqual([[days.length]]);
  });

  it('that come twice in one answer with other values count once, the last one', async () => {
    const run = await fresh();
    const bars: Bar[] = [
      { code: maotai, date: '2024-01-02', close: 10 },
      { code: maotai, date: '2024-01-03', close: 11 },
      { code: maotai, date: '2024-01-02', close: 12 },
    ];
    expect(await commit(database, request(run, [ended({ bars, to: '2024-01-03' })]))).toMatchObject({ rows: 2 });
    expect(await all(database, 'select date::varchar, close from daily order by date')).toEqual([
      ['2024-01-02', 12],
      ['2024-01-03', 11],
    ]);
  });

  it('of a day for the whole market are merged beside what single codes brought', async () => {
    const run = await fresh();
    await commit(database, request(run, [ended({ bars: series(maotai, days) })]));
    const last = days.at(-1) as string;
    const market = Array.from(
      { length: 50 },
      (_, index): Bar => ({ code: `sh.${600_500 + index}`, date: last, close: 7 }),
    );
    const task = endedDataset('day-bars', [{ table: 'daily', batch: barsBatch(market), rejected: [] }], { date: last });
    const committed = await commit(database, request(run, [task]));
    expect(committed.rows).toBe(50);
    expect(committed.revised).toBe(1);
    const coverage = await readCoverage(database, 'daily');
    expect(coverage.get(code(maotai))).toMatchObject([{ from: days[0], to: last, rows: days.length, whole: true }]);
    expect(coverage.get(code('sh.600501'))).toMatchObject([{ from: last, to: last, rows: 1, whole: true }]);
  });

  it('go to the table of their period', async () => {
    const run = await fresh();
    const batch = minutesBatch([
      { code: maotai, stamp: '2024-01-02 10:30', close: 10 },
      { code: maotai, stamp: '2024-01-02 11:30', close: 11 },
    ]);
    const task = ended({ period: '60', code: maotai, batch });
    expect(await commit(database, request(run, [task]))).toMatchObject({ rows: 2 });
    expect(await commit(database, request(run, [task]))).toMatchObject({ rows: 0 });
    expect(await all(database, 'select time::varchar, close from meta.min60_fetched order by time')).toEqual([
      ['2024-01-02 10:30:00', 10],
      ['2024-01-02 11:30:00', 11],
    ]);
    expect((await readCoverage(database, 'min60')).get(code(maotai))).toMatchObject([{ rows: 2, whole: true }]);
  });

  it('hold no rows of a task that failed', async () => {
    const run = await fresh();
    const task = ended({
      bars: series(maotai, days),
      outcome: { class: 'retry-network', message: 'closed inside a frame' },
    });
    expect(await commit(database, request(run, [task]))).toMatchObject({ rows: 0 });
    expect(await all(database, 'select count(*) from daily')).toEqual([[0]]);
    expect(await readCoverage(database, 'daily')).toEqual(new Map());
  });
});

describe('a bar that the provider changed', () => {
  it('takes the new values and leaves the old ones in meta.revisions', async () => {
    const run = await fresh();
    const bars = series(maotai, days);
    await commit(database, request(run, [ended({ bars })]));
    const later = await startRun(database, 1);
    const changed = bars.map((bar, index) => (index === 5 ? { ...bar, close: 99.5, turn: null } : bar));
    const committed = await commit(database, request(later, [ended({ bars: changed })]));
    expect(committed).toMatchObject({ rows: 1, revised: 1 });
    const at = bars[5]?.date;
    expect(await all(database, `select close, high, turn from daily where date = '${at}'`)).toEqual([
      [99.5, 99.5, null],
    ]);
    const revisions = await all(
      database,
      `select run, dataset, code, "at", (old->>'close')::double, (new->>'close')::double, old->>'turn', new->>'turn' from meta.revisions`,
    );
    expect(revisions).toEqual([[later, 'daily', maotai, at, bars[5]?.close, 99.5, '0.5', null]]);
  });

  it('keeps what the other source did not send, and its own source where nothing differs', async () => {
    const run = await fresh();
    const bars = series(maotai, days.slice(0, 3));
    await commit(database, request(run, [ended({ bars })]));
    const { columns, rows } = barsBatch(bars.map((bar, index) => (index === 1 ? { ...bar, volume: 7n } : bar)));
    const { turn: _turn, pb_mrq: _pb, ...sent } = columns;
    const task = ended({
      code: maotai,
      batch: { rows, columns: sent },
      from: days[0] as string,
      to: days[2] as string,
    });
    expect(await commit(database, request(run, [task], 'tushare'))).toMatchObject({ rows: 1, revised: 1 });
    expect(await all(database, 'select volume, turn, pb_mrq, source from daily order by date')).toEqual([
      [1000, 0.5, 1.5, 'baostock'],
      [7, 0.5, 1.5, 'tushare'],
      [1002, 0.5, 1.5, 'baostock'],
    ]);
  });
});

describe('the catalogue', () => {
  it('fills pinyin and board, and keeps the industry when it is refreshed', async () => {
    const run = await fresh();
    const initials = (name: string) => ({ 贵州茅台: 'gzmt', 平安银行: 'payh' })[name] ?? '';
    const rows = [
      { code: maotai, name: '贵州茅台' },
      { code: 'sh.000001', name: '上证指数', kind: 'index' },
      { code: 'sz.300750', name: '宁德时代' },
    ];
    await commit(database, request(run, [endedDataset('instruments', [instrumentsPart(rows)])]), { initials });
    await database.pool.execute(`update instruments set industry = '白酒' where code = '${maotai}'`);
    const renamed = rows.map(row => (row.code === maotai ? { ...row, delisted: '2026-01-05' } : row));
    const committed = await commit(database, request(run, [endedDataset('instruments', [instrumentsPart(renamed)])]), {
      initials,
    });
    expect(committed).toMatchObject({ rows: 1 });
    expect(
      await all(
        database,
        'select code, name, pinyin, kind, board, industry, delist_date::varchar from instruments order by code',
      ),
    ).toEqual([
      ['sh.000001', '上证指数', '', 'index', null, null, null],
      [maotai, '贵州茅台', 'gzmt', 'stock', 'main', '白酒', '2026-01-05'],
      ['sz.300750', '宁德时代', '', 'stock', 'chinext', null, null],
    ]);
  });
});

it('a whole catalogue gets its initials from the dictionary', async () => {
  const run = await fresh();
  const rows = Array.from({ length: 1300 }, (_, index) => ({
    code: `sz.${300_000 + index}`,
    name: `平安银行${index}`,
  }));
  await commit(database, request(run, [endedDataset('instruments', [instrumentsPart(rows)])]));
  const wrong = `select count(*) from instruments where pinyin is distinct from 'payh' || (code[4:]::integer - 300000) or board <> 'chinext'`;
  expect(await all(database, wrong)).toEqual([[0]]);
  expect(await all(database, 'select count(*) from instruments')).toEqual([[1300]]);
});

describe('the calendar', () => {
  it('counts sessions and knows neighbours only where every day between is known', async () => {
    database = await files.open();
    const run = await startRun(database);
    const part = (from: string, to: string) => endedDataset('calendar', [calendarPart(from, to, ['2024-01-01'])]);
    await commit(database, request(run, [part('2024-01-01', '2024-01-05'), part('2024-01-10', '2024-01-12')]));
    const read = () =>
      all(
        database,
        `select date::varchar, seq, prev_date::varchar, next_date::varchar from calendar where date in ('2024-01-01', '2024-01-02', '2024-01-05', '2024-01-10') order by date`,
      );
    expect(await read()).toEqual([
      ['2024-01-01', null, null, '2024-01-02'],
      ['2024-01-02', 1, null, '2024-01-03'],
      ['2024-01-05', 4, '2024-01-04', null],
      ['2024-01-10', 5, null, '2024-01-11'],
    ]);
    await commit(database, request(run, [part('2023-12-29', '2024-01-12')]));
    expect(await read()).toEqual([
      ['2024-01-01', null, '2023-12-29', '2024-01-02'],
      ['2024-01-02', 2, '2023-12-29', '2024-01-03'],
      ['2024-01-05', 5, '2024-01-04', '2024-01-08'],
      ['2024-01-10', 8, '2024-01-09', '2024-01-11'],
    ]);
  });
});

describe('the write lane', () => {
  it('waits for a transaction of the user and goes on when that ends', async () => {
    const run = await fresh();
    await commit(database, request(run, [ended({ bars: series(maotai, days) })]));
    const turn = await database.pool.writeTurn({ tag: '[12]' });
    const user = await database.pool.acquire({ lane: 'interactive', tag: '[12]' });
    await user.execute('begin');
    await user.execute(`update daily set turn = 9 where date = '${days[0]}'`);
    let done = false;
    const storing = commit(
      database,
      request(run, [ended({ bars: series('sz.000001', days) }), ended({ bars: series(maotai, days) })]),
    );
    void storing.then(() => {
      done = true;
    });
    const { rows } = await database.pool.query('select count(*) from daily');
    expect(Number(rows[0]?.[0])).toBe(days.length);
    await expect.poll(() => database.pool.status().lanes.find(({ lane }) => lane === 'write')?.waiting).toBe(1);
    expect(done).toBe(false);
    await user.execute('commit');
    await user.release();
    turn.release();
    // What the user wrote differs from what came again, so the provider's value is back, with a trace.
    expect(await storing).toMatchObject({ rows: days.length + 1, revised: 1 });
    expect(await duplicates()).toEqual([]);
  });

  it('stores two commits at once one after the other', async () => {
    const run = await fresh();
    const bars = series(maotai, days);
    const committed = await Promise.all([1, 2, 3].map(() => commit(database, request(run, [ended({ bars })]))));
    expect(committed.map(({ rows }) => rows).sort((a, b) => a - b)).toEqual([0, 0, days.length]);
    expect(await duplicates()).toEqual([]);
  });

  it('leaves nothing behind where a commit fails, and stores the next one', async () => {
    const run = await fresh();
    const bars = series(maotai, days);
    await expect(commit(database, request(run + 99, [ended({ bars })]))).rejects.toThrow(
      /run 100 is not in the database/,
    );
    expect(
      await all(
        database,
        'select (select count(*) from daily), (select count(*) from meta.coverage), (select count(*) from meta.attempts where code is not null)',
      ),
    ).toEqual([[0, 0, 0]]);
    expect(await commit(database, request(run, [ended({ bars })]))).toMatchObject({ rows: days.length });
  });
});
