/** The stored trading calendar. */
import { Calendar } from '../market/calendar.ts';
import type { Database } from '../store/database.ts';
import { readDate } from '../store/values.ts';

/** Reads `calendar`; an empty calendar where nothing is stored. */
export async function loadCalendar(database: Database): Promise<Calendar> {
  const { rows } = await database.pool.query('select date, is_open from calendar', undefined, { tag: 'calendar' });
  return new Calendar(
    rows.flatMap(([day, isOpen]) => {
      const date = readDate(day);
      return date === null ? [] : [{ date, isOpen: isOpen === true }];
    }),
  );
}
