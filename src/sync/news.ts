/**
 * What happened in the market in the sessions that a sync added: listings, delistings, ex-dates, ST given or taken. Counted
 * from the stored tables, of stocks, between the newest session that was stored before and the newest one now.
 */
import type { IsoDate } from '../market/date.ts';
import type { Period } from '../market/period.ts';
import type { Database } from '../store/database.ts';
import { dateValue, readCount, readDate } from '../store/values.ts';
import type { Universe } from './universe.ts';

export interface MarketNews {
  /** The newest session stored before; the news are of the sessions after it. */
  readonly since: IsoDate;
  readonly to: IsoDate;
  readonly listings: number;
  readonly delistings: number;
  /** First sessions without a dividend or right. */
  readonly exDates: number;
  /** Stocks under special treatment on one of the two days and not on the other. */
  readonly stChanges: number;
}

/** To be called before a sync; what it returns, after it. Null where nothing was stored before, or nothing new is. */
export function newsOf(database: Database, universe: Universe, period: Period): () => Promise<MarketNews | null> {
  const whole = period === 'd' && (universe.kind === 'stocks' || universe.kind === 'all');
  const before = whole ? newestSession(database) : Promise.resolve(null);
  before.catch(() => {});
  return async () => {
    const since = await before;
    const to = since === null ? null : await newestSession(database);
    if (since === null || to === null || to <= since) return null;
    return { since, to, ...(await counts(database, since, to)) };
  };
}

async function newestSession(database: Database): Promise<IsoDate | null> {
  const { rows } = await database.pool.query(
    "select max(to_date) from meta.coverage where dataset = 'daily'",
    undefined,
    { tag: 'news' },
  );
  return readDate(rows[0]?.[0]);
}

async function counts(database: Database, since: IsoDate, to: IsoDate): Promise<Omit<MarketNews, 'since' | 'to'>> {
  const { rows } = await database.pool.query(
    `with stocks as (select code, list_date, delist_date from main.instruments where kind = 'stock'),
      days as (select code, date, is_st from main.daily semi join stocks using (code) where date in ($since, $to))
    select
      (select count(*) from stocks where list_date > $since and list_date <= $to),
      (select count(*) from stocks where delist_date > $since and delist_date <= $to),
      (select count(*) from main.adj_factors semi join stocks using (code) where ex_date > $since and ex_date <= $to),
      (select count(*) from (select code from days group by code having count(distinct is_st) > 1))`,
    { since: dateValue(since), to: dateValue(to) },
    { tag: 'news' },
  );
  const [listings, delistings, exDates, stChanges] = (rows[0] ?? []).map(readCount);
  return { listings: listings ?? 0, delistings: delistings ?? 0, exDates: exDates ?? 0, stChanges: stChanges ?? 0 };
}
