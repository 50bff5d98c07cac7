/** A file that was tampered with, and one that forgets. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import type { Code } from '../../src/market/code.ts';
import { rebuildSpans } from '../../src/store/factors.ts';
import { countForgotten, forget, forgettableTable } from '../../src/store/forget.ts';
import { checkFile } from '../../src/sync/check.ts';
import { MarketRig } from './market-rig.ts';

const rig = new MarketRig(makeDemoMarket({ codes: 8, years: 1 }));
let codes: Code[] = [];

beforeAll(async () => {
  await rig.open();
  await rig.sync({ from: '2026-09-01' });
  codes = (await rig.rows('select distinct code from daily order by code')).flat() as Code[];
});
afterAll(() => rig.close());

const found = async (means: 'broken' | 'odd') =>
  (await checkFile(rig.database)).filter(one => one.found > 0 && one.means === means).map(({ name }) => name);
const broken = () => found('broken');

it('finds nothing in a sound file', async () => {
  expect(await broken()).toEqual([]);
  expect(await found('odd')).toEqual([]);
});

const day = `date = (select max(date) from daily d where d.code = daily.code and volume > 0 and date < '2026-11-10')`;

it.each([
  ['change agrees with close and reference', 'pct_chg = pct_chg + 0.02'],
  ['average price between low and high', 'amount = amount * 1.5'],
  ['traded sessions have volume', 'volume = 0'],
  ['closes within the price limits', 'close = pre_close * 1.31'],
  ['a new reference has its factor', 'pre_close = pre_close - 0.01'],
])('calls it odd where not: %s', async (name, change) => {
  const [code] =
    (await rig.rows(`select code from daily join instruments using (code) where kind = 'stock' and not is_st
    and list_date < '2020-01-01' group by 1 having count(*) filter (where is_suspended) = 0 order by 1`)) as [[string]];
  await rig.database.pool.execute(`create or replace table kept as select * from daily where code = '${code[0]}'`);
  await rig.database.pool.execute(`update daily set ${change} where code = '${code[0]}' and ${day}`);
  expect(await found('odd')).toContain(name);
  await rig.database.pool.execute(`delete from daily where code = '${code[0]}'`);
  await rig.database.pool.execute('insert into daily from kept');
  expect(await found('odd')).toEqual([]);
});

it('calls a factor odd that no reference follows', async () => {
  const [code] = codes;
  await rig.database.pool.execute(
    `insert into adj_factors select code, date, 2, 'x', 'settled' from daily where code = '${code}' and date = '2026-10-20'`,
  );
  expect(await found('odd')).toEqual(['a factor has its new reference']);
  await rig.database.pool.execute("delete from adj_factors where source = 'x'");
});

it('calls it odd where a covered range lacks sessions, and not where these are in quarantine', async () => {
  const code =
    (await rig.value(`select code from daily join instruments using (code) where kind = 'stock' and list_date < '2020-01-01'
    group by code having count(*) filter (where date >= '2026-09-01') > 40 order by code limit 1`)) as string;
  await rig.database.pool.execute(`create or replace table kept as select * from daily where code = '${code}'`);
  await rig.database.pool.execute(`delete from daily where code = '${code}' and date in ('2026-10-12', '2026-10-13')`);
  await rig.database.pool.execute(
    `update meta.coverage set "rows" = "rows" - 2 where code = '${code}' and dataset = 'daily'`,
  );
  expect(await found('odd')).toContain('covered sessions have a bar');
  await rig.database.pool.execute(
    `insert into meta.quarantine (run, dataset, code, "at", reason, raw) values (1, 'daily', '${code}', '2026-10-12', 'x', '[]'), (1, 'daily', '${code}', '2026-10-13', 'x', '[]')`,
  );
  expect(await found('odd')).not.toContain('covered sessions have a bar');
  await rig.database.pool.execute(
    `delete from meta.quarantine; delete from daily where code = '${code}'; insert into daily from kept`,
  );
  await rig.database.pool.execute(
    `update meta.coverage set "rows" = "rows" + 2 where code = '${code}' and dataset = 'daily'`,
  );
  expect(await found('odd')).toEqual([]);
});

it('names spans that are not those of the factors', async () => {
  const code = (await rig.value('select min(code) from adj_factors')) as string;
  await rig.database.pool.execute(`update meta.factor_spans set hfq_factor = hfq_factor * 1.01 where code = '${code}'`);
  expect(await broken()).toEqual(['spans are those of the factors']);
  await rig.database.pool.execute(`update meta.factor_spans set hfq_factor = hfq_factor / 1.01 where code = '${code}'`);
  await rig.database.pool.write(connection => rebuildSpans(connection));
  expect(await broken()).toEqual([]);
});

it('names rows that are double, impossible, on a Sunday, of nobody, and coverage that does not count', async () => {
  const [one] = codes;
  await rig.database.pool.execute(
    `insert into daily select * from daily where code = '${one}' and date = '2026-09-02'`,
  );
  await rig.database.pool.execute(
    `insert into daily (code, date, open, high, low, close, volume) values ('sh.609999', '2026-09-06', 3, 1, 2, 2, 5)`,
  );
  expect((await broken()).sort()).toEqual(
    [
      'no row twice',
      'prices that can be',
      'on sessions of the calendar',
      'of codes in the catalogue',
      'coverage counts its rows',
      'rows are covered',
      'adjustment has its spans',
    ].sort(),
  );
  await rig.database.pool.execute(`delete from daily where code = 'sh.609999'`);
});

it('forgets a code with all that says it is there, and the next sync brings it again', async () => {
  const [one] = codes as [Code];
  const days = await rig.value(`select count(distinct date) from daily where code = '${one}'`);
  const [table] = await countForgotten(rig.database, { kind: 'code', code: one });
  expect(table).toMatchObject({ table: 'daily', rows: Number(days) + 1 });
  expect(await forget(rig.database, { kind: 'code', code: one })).toBeGreaterThanOrEqual(Number(days) + 1);
  expect(await rig.value(`select count(*) from meta.coverage where code = '${one}'`)).toBe(0);
  expect(await rig.value(`select count(*) from daily_qfq where code = '${one}'`)).toBe(0);
  await rig.sync({ from: '2026-09-01' });
  expect(await rig.value(`select count(*) from daily where code = '${one}'`)).toBe(days);
  expect(await broken()).toEqual([]);
});

it('forgets a table with its coverage', async () => {
  const table = forgettableTable('daily');
  if (!table) throw new Error('no such table');
  await forget(rig.database, { kind: 'table', table });
  expect(await rig.value('select (select count(*) from daily) + (select count(*) from meta.coverage)')).toBe(0);
  expect(forgettableTable('runs')).toBeNull();
});
