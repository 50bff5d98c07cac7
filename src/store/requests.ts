/** Messages sent to a provider, counted by endpoint, day in Shanghai and method, logins included. */
import type { IsoDate } from '../market/date.ts';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import { dateValue, readCount } from './values.ts';

/** The key of a count in `CommitRequest.requests`: provider (the endpoint that a quota belongs to) and method. */
export function requestKey(provider: string, method: string): string {
  return `${provider} ${method}`;
}

export function requestTotal(requests: ReadonlyMap<string, number>): number {
  return [...requests.values()].reduce((sum, count) => sum + count, 0);
}

/** Inside a transaction. */
export async function countRequests(
  connection: Connection,
  requests: ReadonlyMap<string, number>,
  day: IsoDate,
): Promise<void> {
  const counts = [...requests]
    .filter(([, count]) => count > 0)
    .map(([key, count]) => {
      const cut = key.lastIndexOf(' ');
      return { provider: cut < 0 ? key : key.slice(0, cut), method: cut < 0 ? 'request' : key.slice(cut + 1), count };
    });
  if (counts.length === 0) return;
  await connection.execute(
    `merge into meta.requests r using (
        select unnest($providers::varchar[]) as provider, unnest($methods::varchar[]) as method, unnest($counts::integer[]) as count) s
      on r.provider = s.provider and r.method = s.method and r.day = $day
    when matched then update set count = r.count + s.count
    when not matched then insert (provider, day, method, count) values (s.provider, $day, s.method, s.count)`,
    {
      day: dateValue(day),
      providers: counts.map(({ provider }) => provider),
      methods: counts.map(({ method }) => method),
      counts: counts.map(({ count }) => count),
    },
  );
}

/** Counts messages that belong to no commit. Keys are those of `requestKey`. */
export async function addRequests(database: Database, requests: ReadonlyMap<string, number>): Promise<void> {
  await database.pool.write(connection => countRequests(connection, requests, database.clock.today()), {
    tag: 'requests',
  });
}

/** Messages sent to a provider on a day, logins, pages and logouts. */
export async function requestsToday(
  database: Database,
  provider: string,
  day: IsoDate,
  signal?: AbortSignal,
): Promise<number> {
  const { rows } = await database.pool.query(
    'select sum(count) from meta.requests where provider = $provider and day = $day',
    { provider, day: dateValue(day) },
    { tag: 'requests', ...(signal ? { signal } : {}) },
  );
  return readCount(rows[0]?.[0]);
}
