/**
 * Catalogue and calendar, which every plan stands on: asked for once a Shanghai day, through the same crew as the bars, and
 * kept. The calendar is asked from the first session of all to the end of the year, where the provider's knowledge ends.
 */
import type { Clock } from '../config/clock.ts';
import type { DatasetTask, SourceName } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import { readRefreshed } from '../store/refreshed.ts';
import { readCount } from '../store/values.ts';

/** The Shanghai exchange opened on that day. */
export const firstSession = '1990-12-19';

/**
 * The datasets to ask for before planning: none where both are stored and of today. Their ids are negative, apart from those
 * of a plan's tasks.
 */
export async function staleDatasets(database: Database, clock: Clock, source: SourceName): Promise<DatasetTask[]> {
  const tasks: DatasetTask[] = [
    { kind: 'dataset', id: -1, dataset: 'instruments', params: {} },
    {
      kind: 'dataset',
      id: -2,
      dataset: 'calendar',
      params: { from: firstSession, to: `${clock.today().slice(0, 4)}-12-31` },
    },
  ];
  const stale: DatasetTask[] = [];
  for (const task of tasks) if (!(await isFresh(database, clock, source, task.dataset))) stale.push(task);
  return stale;
}

async function isFresh(database: Database, clock: Clock, source: SourceName, dataset: string): Promise<boolean> {
  const refreshed = await readRefreshed(database, dataset);
  const today = clock.today();
  if (!refreshed.some(entry => entry.source === source && entry.day === today)) return false;
  const { rows } = await database.pool.query(
    dataset === 'calendar' ? 'select count(*) from calendar' : 'select count(*) from instruments',
    undefined,
    { tag: 'catalogue' },
  );
  return readCount(rows[0]?.[0]) > 0;
}
