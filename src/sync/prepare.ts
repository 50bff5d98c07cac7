/**
 * Catalogue and calendar, which every plan stands on, asked for through the same crew as the bars, and kept: the catalogue
 * once a Shanghai day, the calendar once a week (the exchanges settle it for the year; a session less or more is rare news).
 * The first time the calendar is asked from the first session of all, later from the weeks before today, to the end of the
 * year, where the provider's knowledge ends.
 */
import type { Clock } from '../config/clock.ts';
import { addDays, earlier, toDays } from '../market/date.ts';
import type { DatasetTask, SourceName } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import { readRefreshed } from '../store/refreshed.ts';
import { readCount, readDate } from '../store/values.ts';

/** The Shanghai exchange opened on that day. */
export const firstSession = '1990-12-19';

/** Days for which a calendar that knows today is taken as it is, and from which it is asked again then. */
const calendarDays = 7;
const calendarOverlap = 31;

/**
 * The datasets to ask for before planning: none where both are stored and fresh. Their ids are negative, apart from those
 * of a plan's tasks.
 */
export async function staleDatasets(database: Database, clock: Clock, source: SourceName): Promise<DatasetTask[]> {
  const stale: DatasetTask[] = [];
  if (await isCatalogueStale(database, clock, source)) {
    stale.push({ kind: 'dataset', id: -1, dataset: 'instruments', params: {} });
  }
  const from = await calendarNeededFrom(database, clock, source);
  if (from !== null) {
    const params = { from, to: `${clock.today().slice(0, 4)}-12-31` };
    stale.push({ kind: 'dataset', id: -2, dataset: 'calendar', params });
  }
  return stale;
}

async function isCatalogueStale(database: Database, clock: Clock, source: SourceName): Promise<boolean> {
  const refreshed = await readRefreshed(database, 'instruments');
  const today = clock.today();
  const whole = refreshed.filter(({ params }) => Object.keys(params).length === 0);
  if (!whole.some(entry => entry.source === source && entry.day === today)) return true;
  const { rows } = await database.pool.query('select count(*) from instruments', undefined, { tag: 'catalogue' });
  return readCount(rows[0]?.[0]) === 0;
}

/** The first day to ask the calendar for; null where it is fresh. */
async function calendarNeededFrom(database: Database, clock: Clock, source: SourceName): Promise<string | null> {
  const asked = (await readRefreshed(database, 'calendar')).find(entry => entry.source === source);
  const { rows } = await database.pool.query(
    `select min(date), max(date), count(*) = max(date) - min(date) + 1 from calendar`,
    undefined,
    { tag: 'catalogue' },
  );
  const [first, last] = (rows[0] ?? []).map(readDate);
  const today = clock.today();
  if (!asked || !first || !last || rows[0]?.[2] !== true) return firstSession;
  if (asked.day === today) return null;
  if (last >= today && asked.day < today && toDays(today) - toDays(asked.day) < calendarDays) return null;
  return first <= firstSession ? addDays(earlier(today, last), -calendarOverlap) : firstSession;
}
