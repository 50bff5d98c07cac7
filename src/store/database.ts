/** One open database file: its pool, its schema in place, its origin checked, the runs of dead processes closed. */
import { totalmem } from 'node:os';
import type { Clock } from '../config/clock.ts';
import { asProblem, Problem } from '../market/problem.ts';
import type { ConnectionPool } from './connection.ts';
import { checkOrigin, claimOrigin, originOf } from './origin.ts';
import { type OpenPoolOptions, openPool, type Pool } from './pool/pool.ts';
import { abandonRuns } from './runs.ts';
import { bringUp, isCurrent, schemaVersion, storedSchema } from './schema.ts';

/** A file holds one origin and refuses the other. */
export type Origin = 'demo' | 'real';

export interface Database {
  readonly path: string;
  readonly readOnly: boolean;
  readonly clock: Clock;
  readonly pool: ConnectionPool;
  /** What it was opened for: the first run decides what the file holds, and a run of the other origin is refused. */
  readonly origin: Origin | null;
  /** Interrupts what runs, awaits it, closes. */
  close(): Promise<void>;
}

export interface OpenDatabaseOptions {
  /** A file, made where there is none; `:memory:`. */
  readonly path: string;
  readonly readOnly?: boolean;
  /** `demo` claims the file at once; `real` only refuses a file of the demo, and its first run claims it. */
  readonly origin?: Origin;
  readonly clock: Clock;
  readonly pool?: OpenPoolOptions;
  /** The engine's settings, such as `memory_limit`, beside our own. The same for all who open a file in one process. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Checkpoints at 64 MB of log instead of 16: a load of small commits takes a third less time, and reading the log back after
 * a crash a few tenths of a second more.
 */
export const standardSettings = { checkpoint_threshold: '64MB', memory_limit: `${memoryLimitMb()}MB` } as const;

/** A quarter of the machine's memory, from 512 MB to 4 GB. What needs more goes to a folder beside the file for its time. */
function memoryLimitMb(): number {
  return Math.round(Math.min(4_096, Math.max(512, totalmem() / 4 / 1_048_576)));
}

/** @throws Problem for a file that cannot be opened, is no database, is newer than this program or of another origin. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenedDatabase> {
  const { path, readOnly = false, origin = null, clock } = options;
  const pool = openPool({ path, readOnly, settings: { ...standardSettings, ...options.settings } }, options.pool);
  const database: OpenedDatabase = { path, readOnly, clock, pool, origin, close: () => pool.dispose() };
  try {
    await prepare(database);
    return database;
  } catch (error) {
    await pool.dispose();
    throw asProblem(error);
  }
}

/** @param what what cannot happen to a file that is open read-only: `fetched into it`. @throws Problem `refused` then. */
export function refuseReadOnly({ path, readOnly }: Database, what: string, or = ''): void {
  if (!readOnly) return;
  throw new Problem('refused', `${path} is open read-only, so nothing can be ${what}`, {
    next: `start without --read-only${or}`,
  });
}

export interface OpenedDatabase extends Database {
  readonly pool: Pool;
}

async function prepare(database: Database): Promise<void> {
  const { path, readOnly, clock, pool, origin } = database;
  const found = await pool.use(
    async connection => {
      const schema = await storedSchema(connection);
      return { schema, held: schema === null ? null : await originOf(connection) };
    },
    { tag: 'opening' },
  );
  const { schema, held } = found;
  const version = schema?.version ?? null;
  if (version !== null && version > schemaVersion) {
    throw new Problem(
      'failed',
      `${path} was made by a newer duckline (its tables are of version ${version}, this one knows ${schemaVersion})`,
      {
        next: 'open it with that version',
      },
    );
  }
  if (readOnly) {
    if (version !== schemaVersion) {
      const sentence =
        version === null ? `${path} has no tables of duckline yet` : `the tables of ${path} are of an older version`;
      throw new Problem('failed', `${sentence}, and read-only cannot make them`, {
        next: 'open it once without --read-only',
      });
    }
    if (origin !== null) checkOrigin(path, held, origin);
    return;
  }
  if (origin !== null) checkOrigin(path, held, origin);
  const claims = origin === 'demo' && held === null;
  if (!isCurrent(schema) || claims) {
    await pool.write(
      async connection => {
        if (!isCurrent(schema)) await bringUp(connection, schema, 'duckline', clock.now());
        if (claims) await claimOrigin(connection, path, 'demo');
      },
      { tag: 'opening' },
    );
  }
  await abandonRuns(database, clock.now());
}
