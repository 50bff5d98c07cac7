/**
 * What a database file knows of a provider: messages of the day, ban, learned limits, in `meta.requests` and
 * `meta.providers`. For endpoints whose quota belongs to the file, and a second witness for those whose does not.
 */
import type { Clock } from '../config/clock.ts';
import type { Database } from '../store/database.ts';
import { requestsToday } from '../store/requests.ts';
import { instantValue, readInstant, readText } from '../store/values.ts';
import type { Ban, Known } from './provider.ts';

interface Learned {
  readonly sessions?: { readonly allowed: number; readonly at: number };
  readonly bans?: Readonly<Record<string, number>>;
}

export async function readKnown(database: Database, provider: string, clock: Clock): Promise<Known> {
  const used = await requestsToday(database, provider, clock.today());
  const { rows } = await database.pool.query(
    'select ban_until, ban_said_at, ban_message, learned::varchar from meta.providers where provider = $provider',
    { provider },
    { tag: 'requests' },
  );
  const row = rows[0];
  if (!row) return { used, ban: null, bans: 0, sessions: null };
  const until = readInstant(row[0]);
  const learned = learnedOf(readText(row[3]));
  const ban: Ban | null =
    until === null ? null : { until, saidAt: readInstant(row[1]) ?? until, said: readText(row[2]) ?? '' };
  return { used, ban, bans: learned.bans?.[yearOf(clock)] ?? 0, sessions: learned.sessions ?? null };
}

export async function writeBan(database: Database, provider: string, ban: Ban, clock: Clock): Promise<void> {
  const year = yearOf(clock);
  await write(
    database,
    provider,
    learned => ({ ...learned, bans: { [year]: (learned.bans?.[year] ?? 0) + 1 } }),
    ban,
    clock,
  );
}

export async function writeSessions(
  database: Database,
  provider: string,
  allowed: number,
  clock: Clock,
): Promise<void> {
  await write(database, provider, learned => ({ ...learned, sessions: { allowed, at: clock.now() } }), null, clock);
}

async function write(
  database: Database,
  provider: string,
  change: (learned: Learned) => Learned,
  ban: Ban | null,
  clock: Clock,
): Promise<void> {
  await database.pool.write(
    async connection => {
      const { rows } = await connection.query(
        'select learned::varchar from meta.providers where provider = $provider',
        {
          provider,
        },
      );
      if (rows.length === 0)
        await connection.execute('insert into meta.providers (provider) values ($provider)', { provider });
      await connection.execute(
        'update meta.providers set learned = $learned, updated_at = $now where provider = $provider',
        {
          learned: JSON.stringify(change(learnedOf(readText(rows[0]?.[0])))),
          now: instantValue(clock.now()),
          provider,
        },
      );
      if (!ban) return;
      await connection.execute(
        `update meta.providers set ban_until = $until, ban_said_at = $saidAt, ban_message = $said where provider = $provider`,
        { until: instantValue(ban.until), saidAt: instantValue(ban.saidAt), said: ban.said, provider },
      );
    },
    { tag: 'limits' },
  );
}

function learnedOf(text: string | null): Learned {
  if (text === null) return {};
  try {
    return JSON.parse(text) as Learned;
  } catch {
    return {};
  }
}

function yearOf(clock: Clock): string {
  return clock.today().slice(0, 4);
}
