/** Stored bars that came again with other values: the old ones are kept in `meta.revisions`, and a run tells how many there were. */
import type { Database } from './database.ts';
import { barTables } from './tables.ts';
import { readCount } from './values.ts';

/** Bars that a run found stored with other values, whoever had written these, and gave the provider's. */
export async function countRevisedBars(database: Database, run: number): Promise<number> {
  const { rows } = await database.pool.query(
    `select count(*) from meta.revisions
    where run = $run and new is not null and dataset in (select unnest($bars::varchar[]))`,
    { run, bars: barTables.map(({ name }) => name) },
    { tag: 'run' },
  );
  return readCount(rows[0]?.[0]);
}
