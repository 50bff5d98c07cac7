/** The stored trading calendar. */
import { DuckDBListValue } from '@duckdb/node-api';
import { Calendar } from '../market/calendar.ts';
import type { Database } from '../store/database.ts';
import { readDate } from '../store/values.ts';

/** Reads `calendar`; an empty calendar where nothing is stored. One row instead of one a day: 5 ms instead of 80. */
export async function loadCalendar(database: Database): Promise<Calendar> {
  const { rows } = await database.pool.query(
    `select min(date), max(date), list(date - date '1970-01-01') filter (where is_open) from calendar`,
    undefined,
    { tag: 'calendar' },
  );
  const [min, max, list] = rows[0] ?? [];
  const first = readDate(min);
  const last = readDate(max);
  if (first === null || last === null) return new Calendar([]);
  return new Calendar({ first, last, open: list instanceof DuckDBListValue ? list.items.map(Number) : [] });
}
