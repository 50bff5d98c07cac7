/** What a view says of a day or a code is the same whether it is asked for that alone or for everything. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { commit } from '../../src/store/writer.ts';
import { all, calendarPart, endedDataset, Files, request, startRun } from './fixture.ts';

let files: Files;
let database: OpenedDatabase;

beforeAll(async () => {
  files = new Files();
  database = await files.open();
  const run = await startRun(database);
  await commit(
    database,
    request(run, [endedDataset('calendar', [calendarPart('2024-01-01', '2025-12-31', ['2024-05-01'])])]),
  );
  await database.pool.execute(
    `insert into instruments (code, name, kind, board, list_date)
    select code, 'x', 'stock', board, null from (values
      ('sh.600000', 'main'), ('sh.600519', 'main'), ('sz.000651', 'main'), ('sz.300750', 'chinext')) t(code, board)`,
  );
  // A fifth of the sessions at the limit up, in runs; some suspended in between; sessions missing here and there.
  await database.pool.execute(
    `insert into daily (code, date, open, high, low, close, pre_close, volume, amount, is_suspended, is_st)
    select code, date, 10, 11, 9, case when h % 10 < 6 then case when board = 'chinext' then 12 else 11 end
        when h % 10 = 6 then case when board = 'chinext' then 8 else 9 end else 10.5 end, 10, 100 + h % 7, 1000, h % 23 = 0, false
    from (select i.code, i.board, c.date, hash(i.code, c.date) as h from instruments i, calendar c where c.is_open)
    where h % 31 <> 0`,
  );
  await database.pool.execute(
    `insert into meta.factor_spans
    select code, from_date, to_date, f, 4.0 from instruments, (values
      (date '1900-01-01', date '2024-06-04', 1.0), (date '2024-06-05', date '2025-03-11', 2.0), (date '2025-03-12', date '9999-12-31', 4.0)) t(from_date, to_date, f)`,
  );
  await database.pool.execute(
    `insert into meta.coverage (dataset, code, from_date, to_date, "rows")
    select 'daily', code, min(date), max(date), count(*) from daily group by code`,
  );
});
afterAll(() => files.close());

/** A product of a few floats depends on their order in the last digit. */
const asked = (view: string) =>
  view === 'limits' ? view : `(select * replace (round(pct_chg, 9) as pct_chg) from ${view})`;

const views = ['limits', 'weekly', 'weekly_qfq', 'weekly_hfq', 'monthly', 'monthly_qfq', 'daily_qfq'];

describe.each(views)('%s', view => {
  beforeAll(async () => {
    await database.pool.execute(`create table whole_${view} as from ${asked(view)}`);
  });

  it.each([
    `date = '2024-05-31'`,
    `date = '2025-12-31'`,
    `date between '2024-05-20' and '2024-07-31'`,
    `code = 'sh.600519'`,
    `code in ('sh.600000', 'sz.300750')`,
    `code like 'sz.%' and date > '2025-11-01'`,
    `code in (select code from instruments where board = 'chinext')`,
    'date = session(0)',
  ])('of %s', async filter => {
    const rows = (from: string) => all(database, `from ${from} where ${filter} order by code, date`);
    const found = await rows(asked(view));
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(await rows(`whole_${view}`));
  });
});

it('counts a run at the limit along the stored sessions of the code, and ends it at a suspended one', async () => {
  const rows = await all(
    database,
    `select l.code, d.date::varchar, d.close, d.is_suspended, i.board, l.streak
    from limits l join daily d on d.code = l.code and d.date = l.date join instruments i on i.code = l.code order by l.code, l.date`,
  );
  let [code, up, down, longest] = ['', 0, 0, 0];
  for (const [of, , close, suspended, board, streak] of rows) {
    if (of !== code) [code, up, down] = [of as string, 0, 0];
    const [high, low] = board === 'chinext' ? [12, 8] : [11, 9];
    up = close === high && !suspended ? up + 1 : 0;
    down = close === low && !suspended ? down + 1 : 0;
    longest = Math.max(longest, up);
    expect(streak).toBe(up > 0 ? up : down > 0 ? -down : 0);
  }
  expect(rows.length).toBeGreaterThan(1_500);
  expect(longest).toBeGreaterThan(4);
});

it('reads nothing whole for one day, in a file that was opened anew', async () => {
  const path = files.path();
  await (await files.open({ path })).close();
  const opened = await files.open({ path });
  for (const view of views) {
    const plan = await all(opened, `explain from ${view} where date = '2025-12-31'`);
    // A common table that is read twice is computed whole before any filter.
    expect(String(plan)).not.toMatch(/\bCTE/);
  }
});
