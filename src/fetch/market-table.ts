/** Catalogue and calendar as stored, for judging answers. */
import { DuckDBListValue } from '@duckdb/node-api';
import { Calendar } from '../market/calendar.ts';
import type { Code } from '../market/code.ts';
import type { Database } from '../store/database.ts';
import { dateValue, readCount, readDate, readText } from '../store/values.ts';
import type { Listing, Market } from './classify.ts';

export async function readMarket(database: Database): Promise<Market> {
  const tag = { tag: 'catalogue' };
  const catalogue = await database.pool.query(
    'select code, kind, list_date, delist_date from instruments',
    undefined,
    tag,
  );
  const days = await database.pool.query('select date, is_open from calendar', undefined, tag);
  const listings = new Map<Code, Listing>();
  for (const [code, kind, listed, delisted] of catalogue.rows) {
    listings.set(readText(code) as Code, {
      kind: readText(kind) ?? '',
      listed: readDate(listed),
      delisted: readDate(delisted),
    });
  }
  const calendar = new Calendar(
    days.rows.flatMap(([date, isOpen]) => {
      const day = readDate(date);
      return day === null ? [] : [{ date: day, isOpen: isOpen === true }];
    }),
  );
  return {
    listings,
    calendar,
    async traded(code, from, to) {
      const { rows } = await database.pool.query(
        `select count(*), count(*) filter (where not is_suspended) from daily
        where code = $code and date between $from and $to`,
        { code, from: dateValue(from), to: dateValue(to) },
        tag,
      );
      const known = readCount(rows[0]?.[0]);
      return known === 0 ? null : readCount(rows[0]?.[1]);
    },
    async storedOn(date) {
      const { rows } = await database.pool.query(
        'select distinct code from daily where date = $date',
        { date: dateValue(date) },
        tag,
      );
      return new Set(rows.map(row => readText(row[0]) ?? ''));
    },
  };
}

/** Days that the calendar says had no session, as days since 1970-01-01; of other days it says nothing or that they had. */
export async function readClosedDays(database: Database): Promise<ReadonlySet<number>> {
  const { rows } = await database.pool.query(
    `select list(date - date '1970-01-01') filter (where not is_open) from calendar`,
    undefined,
    { tag: 'calendar' },
  );
  const [days] = rows[0] ?? [];
  return new Set(days instanceof DuckDBListValue ? days.items.map(Number) : []);
}
