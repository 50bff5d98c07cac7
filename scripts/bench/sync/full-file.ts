/**
 * A file that holds the full market: 5,400 stocks and the indices over 35 years, made by SQL in the tables of the product as
 * a load would leave them, with coverage, factors and their spans. Prices are noise; sizes, dates and codes are the demo
 * market's. It takes about a minute and stays in a folder of the machine.
 */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../../src/config/clock.ts';
import { makeDemoMarket } from '../../../src/gateway/demo/demo-market.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { buildSpans } from '../../../src/store/factors.ts';
import { schemaVersion } from '../../../src/store/schema.ts';
import { instantValue } from '../../../src/store/values.ts';
import { firstDay, kept, lastDay } from './place.ts';

/** Whole histories that a load commits at once; their bars lie year by year. */
const codesOfCommit = 20;

/** Bars of the codes from `first` to the last session; made once for each name. */
export async function marketFile(codes: number, first = firstDay as string): Promise<string> {
  const path = join(kept, `market-${codes}-${first}-v${schemaVersion}-years.duckdb`);
  if (existsSync(path)) return path;
  console.log(`  making ${path} …`);
  await rm(`${path}.part`, { force: true });
  const clock = systemClock(process.env);
  const market = makeDemoMarket({ codes, years: 35 });
  const database = await openDatabase({ path: `${path}.part`, clock, origin: 'real' });
  const { sessions } = market.calendar;
  const stocks = market.listings.filter(({ kind, span }) => kind === 'stock' && span.from < sessions.length);
  const now = instantValue(clock.now());
  await database.pool.write(
    async connection => {
      await connection.execute(`update meta.file set origin = 'real'`);
      await connection.execute(
        `insert into main.calendar (date, is_open)
        select d::date, d::date in (select unnest($sessions::date[])) from range(date '1990-12-19', date '2027-01-01', interval 1 day) r(d)`,
        { sessions: [...sessions] as never },
      );
      await connection.execute(
        `update main.calendar t set seq = n.seq, prev_date = n.prev_date, next_date = n.next_date from (
          select date as day, case when is_open then (count(*) filter (where is_open) over (order by date))::integer end as seq,
            max(case when is_open then date end) over (order by date rows between unbounded preceding and 1 preceding) as prev_date,
            min(case when is_open then date end) over (order by date rows between 1 following and unbounded following) as next_date
          from main.calendar) n where t.date = n.day`,
      );
      await connection.execute(
        `create temp table listed as
        select unnest($codes::varchar[]) as code, unnest($names::varchar[]) as name,
          unnest($from::varchar[])::date as first, unnest($to::varchar[])::date as last`,
        {
          codes: stocks.map(({ code }) => code) as never,
          names: stocks.map(({ name }) => name) as never,
          from: stocks.map(({ span }) => sessions[span.from]) as never,
          to: stocks.map(({ span }) => sessions[Math.min(span.to, market.lastSession)]) as never,
        },
      );
      await connection.execute(
        `insert into main.instruments (code, name, kind, board, list_date, delist_date)
        select code, name, 'stock', 'main', first, case when last < $last then last + 1 end from listed`,
        { last: lastDay },
      );
      await connection.execute(`update listed set first = greatest(first, $first::date)`, { first });
      await connection.execute('delete from listed where first > last');
      await connection.execute(
        `insert into main.daily
        select code, date, close - 0.01, close + 0.05, close - 0.05, close, close - 0.02, volume, round(volume * close, 2),
          (h % 3000000) / 1e6, 0.1, h % 60 = 0, false, (h % 50000000) / 1e6, (h % 9000000) / 1e6, (h % 8000000) / 1e6,
          (h % 70000000) / 1e6, 'baostock'
        from (
          select l.code, c.date, hash(l.code, c.seq) as h, round(5 + (h % 2000) / 100 + c.seq % 97 / 10, 2) as close,
            (1000000 + h % 50000000)::bigint as volume
          from (select *, row_number() over (order by code) // $codesOfCommit as load from listed) l
          join main.calendar c on c.is_open and c.date between l.first and l.last
          order by l.load, year(c.date), l.code, c.date)`,
        { codesOfCommit },
      );
      await connection.execute(
        `insert into main.adj_factors
        select code, ex_date, 1 + 0.013 * row_number() over (partition by code order by ex_date), 'baostock', 'settled'
        from (select code, min(date) as ex_date from main.daily join main.calendar using (date) where seq % 243 = 160 group by code, date)`,
      );
      await buildSpans(connection, 'select code from listed');
      await connection.execute(
        `insert into meta.coverage
        select 'daily', code, first, case when last < $last then last + 1 else last end, n, $now, 1
        from listed join (select code, count(*) as n from main.daily group by code) using (code)`,
        { last: lastDay, now },
      );
      await connection.execute(
        `insert into meta.refreshed
        select 'adj_factors', '{"code":"' || code || '"}', 'baostock', $day::date, $now from listed
        union all select 'instruments', '{}', 'baostock', $day::date, $now
        union all select 'calendar', '{}', 'baostock', $day::date, $now`,
        { day: clock.today(), now },
      );
    },
    { tag: 'bench' },
  );
  await database.close();
  await rename(`${path}.part`, path);
  return path;
}
