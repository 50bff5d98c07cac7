/**
 * Factors ahead of the provider's: a session's bars are out half an hour before its factors, and these are late at times.
 * Where a new bar's reference price is not the close of the session before, a dividend or right went ex: the factor is that
 * ratio times the factor before, marked provisional. The provider's own factor of the day takes its place when it comes.
 */
import { addDays, type IsoDate, toDays } from '../market/date.ts';
import type { Connection } from './connection.ts';
import type { AskedRange } from './coverage.ts';
import { type AskedHistory, spanCodes } from './factors.ts';
import type { Origins } from './merge.ts';
import { dateValue, readText } from './values.ts';

/** Older sessions have their factors; what they lack is no matter of minutes. */
const newestDays = 14;
/** Half a tick: the reference price is rounded to one. */
const halfTick = 0.005;

/** The factors of a session are there at 18:00 in Shanghai. */
const factorsAtUtcHour = 10;

/** Of these ranges of daily bars some may want factors: the commit does not hold histories younger than the factors of their last session. */
export function mayLackFactors(
  asked: readonly AskedRange[],
  histories: ReadonlyMap<string, AskedHistory>,
  now: number,
  today: IsoDate,
): boolean {
  const since = addDays(today, -newestDays);
  return asked.some(({ code, to }) => {
    if (to < since) return false;
    const history = histories.get(code);
    const whole = history !== undefined && history.from === null && history.to === null;
    return !whole || now < (toDays(to) * 24 + factorsAtUtcHour) * 3_600_000;
  });
}

/**
 * Inside a commit of daily bars, whose ranges are in `staged_asked`: derives what is missing of the newest sessions.
 * Resolves to the number of new factors. Both sessions must be stored, neighbours in the calendar, and of a listed stock.
 */
export async function deriveFactors(connection: Connection, { source }: Origins, today: IsoDate): Promise<number> {
  const { rows } = await connection.query(
    `insert into main.adj_factors (code, ex_date, hfq_factor, source, status)
    with derived as materialized (
    select d.code, d.date as ex_date, p.close / d.pre_close as ratio
    from (
      from (select code, max(to_date) as to_date from staged_asked where to_date >= $since group by code) w
      where not exists (
        from meta.refreshed r where r.what = 'adj_factors' and r.params = '{"code":"' || w.code || '"}'
          and r."at" >= w.to_date::timestamp at time zone 'Asia/Shanghai' + interval 18 hour)) a
    join main.daily d on d.code = a.code and d.date >= $since and d.date <= a.to_date
    join main.calendar c on c.date = d.date
    join main.daily p on p.code = d.code and p.date = c.prev_date
    join main.instruments i on i.code = d.code and i.kind in ('stock', 'etf') and coalesce(i.list_date, date '1900-01-01') < d.date
    where d.pre_close > 0 and p.close > 0 and abs(p.close - d.pre_close) > $halfTick
      and not exists (from main.adj_factors f where f.code = d.code and f.ex_date = d.date)
      and not exists (from main.adj_factors f where f.code = d.code and f.ex_date > d.date)
      and not exists (
        from meta.refreshed r where r.what = 'adj_factors' and r.params = '{"code":"' || d.code || '"}'
          and r."at" >= d.date::timestamp at time zone 'Asia/Shanghai' + interval 18 hour))
    select s.code, s.ex_date,
      coalesce((select arg_max(f.hfq_factor, f.ex_date) from main.adj_factors f where f.code = s.code), 1)
        * product(s.ratio) over (partition by s.code order by s.ex_date),
      $source, 'provisional'
    from derived s returning code`,
    { source, since: dateValue(addDays(today, -newestDays)), halfTick },
  );
  if (rows.length > 0)
    await spanCodes(
      connection,
      rows.map(([code]) => readText(code) as string),
      [],
    );
  return rows.length;
}
