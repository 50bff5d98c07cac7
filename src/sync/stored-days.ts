/** What is stored of each code, and how far behind the last published session that is. */
import type { Clock } from '../config/clock.ts';
import { type Calendar, published } from '../market/calendar.ts';
import type { Code } from '../market/code.ts';
import { addDays, earlier, type IsoDate } from '../market/date.ts';
import { type Period, tableOf } from '../market/period.ts';
import type { Database } from '../store/database.ts';
import { marketTable } from '../store/tables.ts';
import { readCount, readDate, readText } from '../store/values.ts';
import type { Instrument } from './catalogue.ts';

export interface StoredDays {
  readonly first: IsoDate;
  readonly last: IsoDate;
  readonly rows: number;
}

/** First and last stored session and the number of rows, by code. */
export async function readStoredDays(
  database: Database,
  period: Period,
  codes?: readonly Code[],
): Promise<ReadonlyMap<Code, StoredDays>> {
  const { rows } = await database.pool.query(
    `select code, min(date), max(date), count(*) from ${marketTable(tableOf(period)).base}
    ${codes ? 'where code in (select unnest($codes::varchar[]))' : ''} group by code order by code`,
    codes ? { codes: codes as never } : {},
    { tag: 'stored' },
  );
  return new Map(
    rows.flatMap(([code, first, last, count]) => {
      const [from, to] = [readDate(first), readDate(last)];
      return from && to ? [[readText(code) as Code, { first: from, last: to, rows: readCount(count) }] as const] : [];
    }),
  );
}

/**
 * Sessions that are published and not stored after the last one that is; 0 where the code left the exchange with it. Null
 * where the calendar does not know.
 */
export function sessionsBehind(
  calendar: Calendar,
  period: Period,
  clock: Clock,
  last: IsoDate,
  instrument: Instrument | undefined,
): number | null {
  const out = published(calendar, period, clock);
  if (out === null) return null;
  const end = instrument?.delisted ? earlier(out, addDays(instrument.delisted, -1)) : out;
  return last >= end ? 0 : calendar.countBetween(addDays(last, 1), end);
}
