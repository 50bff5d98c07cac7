/** When catalogue, calendar, factors and other datasets were last asked for, in `meta.refreshed`. */
import type { IsoDate } from '../market/date.ts';
import type { EndedTask } from './batch.ts';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import type { Origins } from './merge.ts';
import { endedWell, paramsOf } from './task-words.ts';
import { dateValue, instantValue, readDate, readInstant, readText } from './values.ts';

export interface Refreshed {
  /** Dataset; `adj_factors` for the factors that came with bars, with the code in `params`. */
  readonly what: string;
  readonly params: Readonly<Record<string, string>>;
  readonly source: string;
  /** Day in Shanghai, and clock time in ms. */
  readonly day: IsoDate;
  readonly at: number;
}

export async function readRefreshed(database: Database, what: string): Promise<readonly Refreshed[]> {
  const { rows } = await database.pool.query(
    'select what, params, source, day, "at" from meta.refreshed where what = $what order by "at" desc',
    { what },
    { tag: 'refreshed' },
  );
  return rows.map(row => ({
    what: readText(row[0]) ?? '',
    params: JSON.parse(readText(row[1]) ?? '{}') as Record<string, string>,
    source: readText(row[2]) ?? '',
    day: readDate(row[3]) as IsoDate,
    at: readInstant(row[4]) ?? 0,
  }));
}

/** Inside a commit: the datasets that came, rows or none, and the factors that came with bars. */
export async function noteRefreshed(
  connection: Connection,
  ended: readonly EndedTask[],
  { source, now }: Origins,
  day: IsoDate,
): Promise<void> {
  const came = new Map<string, { what: string; params: string }>();
  for (const { task, outcome } of ended) {
    if (!endedWell(outcome) || (outcome.class === 'ok-empty' && outcome.reason === 'not-published')) continue;
    if (task.kind === 'bars' && !task.factors) continue;
    const what = task.kind === 'bars' ? 'adj_factors' : task.dataset;
    const params = task.kind === 'bars' ? JSON.stringify({ code: task.code }) : paramsOf(task);
    came.set(`${what} ${params}`, { what, params });
  }
  if (came.size === 0) return;
  const all = [...came.values()];
  await connection.execute(
    `merge into meta.refreshed r using (select unnest($whats::varchar[]) as what, unnest($all::varchar[]) as params) s on r.what = s.what and r.params = s.params and r.source = $source
    when matched then update set day = $day, "at" = $now
    when not matched then insert (what, params, source, day, "at") values (s.what, s.params, $source, $day, $now)`,
    {
      source,
      day: dateValue(day),
      now: instantValue(now),
      whats: all.map(({ what }) => what),
      all: all.map(({ params }) => params),
    },
  );
}
