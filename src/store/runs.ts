/**
 * Runs in `meta.runs`. planned = ok + empty + failed + left holds at every commit: planning sets what is left, and each
 * commit moves its tasks from there to how they ended, in the transaction that stores their rows. A run without an end
 * belongs to a living process; what a dead one left is closed as `abandoned` when the file is next opened for writing.
 */
import { Problem } from '../market/problem.ts';
import type { RunEnd } from '../source/outcome.ts';
import type { RunClosing, RunRow } from './batch.ts';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import { claimOrigin } from './origin.ts';
import { instantValue, readCount, readInstant, readText } from './values.ts';

/** One line of `meta.runs`; clock times in ms. */
export interface StoredRun {
  readonly run: number;
  readonly what: string;
  readonly source: string;
  readonly endpoint: string;
  readonly period: string;
  readonly workers: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** 0 until the run was planned. */
  readonly planned: number;
  readonly covered: number;
  readonly ok: number;
  readonly empty: number;
  readonly failed: number;
  readonly left: number;
  readonly rows: number;
  readonly quarantined: number;
  readonly requests: number;
  readonly logins: number;
  readonly seconds: number | null;
  /** null while it runs. */
  readonly end: RunEnd | null;
  readonly message: string | null;
}

/** This process, told apart from an earlier one with the same pid. */
const self = { pid: process.pid, start: BigInt(Math.round(performance.timeOrigin)) };

/** Enters a run that begins and gives it its number; the first one decides the file's origin. Ended by `signal` nothing is entered. */
export async function openRun(database: Database, row: RunRow, signal?: AbortSignal): Promise<number> {
  return database.pool.write(
    async connection => {
      await claimOrigin(connection, database.path, database.origin ?? 'real');
      const { rows } = await connection.query('select coalesce(max(run), 0) + 1 from meta.runs');
      const run = readCount(rows[0]?.[0]);
      await connection.execute(
        `insert into meta.runs (run, what, source, endpoint, period, workers, started_at, pid, process_start)
        values ($run, $what, $source, $endpoint, $period, $workers, $startedAt, $pid, $start)`,
        {
          run,
          what: row.what,
          source: row.source,
          endpoint: row.endpoint,
          period: row.period,
          workers: row.workers,
          startedAt: instantValue(row.startedAt),
          ...self,
        },
      );
      return run;
    },
    { tag: row.what, ...(signal ? { signal } : {}) },
  );
}

/** Says how many tasks the run has and how many codes needed none. Tasks committed before this are not counted in it. */
export async function planRun(database: Database, run: number, planned: number, covered: number): Promise<void> {
  const changed = await database.pool.write(
    connection =>
      connection.execute(
        'update meta.runs set planned = $planned, "left" = $planned, covered = $covered where run = $run and planned is null',
        { run, planned, covered },
      ),
    { tag: `run ${run}` },
  );
  if (changed !== 1) throw new Problem('failed', `run ${run} is not there to be planned, or was planned before`);
}

/** Adds tasks to a run that learns of them as it goes. */
export async function extendRun(database: Database, run: number, tasks: number): Promise<void> {
  await database.pool.write(
    connection =>
      connection.execute(
        'update meta.runs set planned = coalesce(planned, 0) + $tasks, "left" = "left" + $tasks where run = $run',
        { run, tasks },
      ),
    { tag: `run ${run}` },
  );
}

/** What a commit adds to its run. */
export interface RunCounts {
  readonly ok: number;
  readonly empty: number;
  readonly failed: number;
  readonly rows: number;
  readonly quarantined: number;
  readonly requests: number;
  readonly logins: number;
}

/** Inside a commit's transaction. Before the run is planned only messages and quarantine are counted. */
export async function countRun(connection: Connection, run: number, counts: RunCounts): Promise<void> {
  const changed = await connection.execute(
    `update meta.runs set
      quarantined = quarantined + $quarantined, requests = requests + $requests, logins = logins + $logins,
      ok = ok + if(planned is null, 0, $ok), empty = empty + if(planned is null, 0, $empty),
      failed = failed + if(planned is null, 0, $failed),
      "left" = "left" - if(planned is null, 0, $ok + $empty + $failed),
      "rows" = "rows" + if(planned is null, 0, $rows)
    where run = $run`,
    { run, ...counts },
  );
  if (changed !== 1) throw new Problem('failed', `run ${run} is not in the database, so its rows were not stored`);
}

export async function closeRun(database: Database, run: number, closing: RunClosing): Promise<void> {
  await database.pool.write(
    connection =>
      connection.execute(
        `update meta.runs set "end" = $end, ended_at = $endedAt, seconds = $seconds, message = $message,
          planned = coalesce(planned, 0), covered = coalesce(covered, 0)
        where run = $run`,
        {
          run,
          end: closing.end,
          endedAt: instantValue(closing.endedAt),
          seconds: closing.seconds,
          message: closing.message,
        },
      ),
    { tag: `run ${run}` },
  );
}

/** The runs, newest first. */
export async function readRuns(
  database: Database,
  { run, limit = 1000 }: { readonly run?: number; readonly limit?: number } = {},
): Promise<readonly StoredRun[]> {
  const { rows } = await database.pool.query(
    `select run, what, source, endpoint, period, workers, started_at, ended_at, planned, covered, ok, empty, failed, "left", "rows",
      quarantined, requests, logins, seconds, "end", message
    from meta.runs ${run === undefined ? '' : 'where run = $run'} order by run desc limit $limit`,
    { limit, ...(run === undefined ? {} : { run }) },
    { tag: 'runs' },
  );
  return rows.map(row => ({
    run: readCount(row[0]),
    what: readText(row[1]) ?? '',
    source: readText(row[2]) ?? '',
    endpoint: readText(row[3]) ?? '',
    period: readText(row[4]) ?? '',
    workers: readCount(row[5]),
    startedAt: readInstant(row[6]) ?? 0,
    endedAt: readInstant(row[7]),
    planned: readCount(row[8]),
    covered: readCount(row[9]),
    ok: readCount(row[10]),
    empty: readCount(row[11]),
    failed: readCount(row[12]),
    left: readCount(row[13]),
    rows: readCount(row[14]),
    quarantined: readCount(row[15]),
    requests: readCount(row[16]),
    logins: readCount(row[17]),
    seconds: row[18] === null || row[18] === undefined ? null : Number(row[18]),
    end: readText(row[19]) as RunEnd | null,
    message: readText(row[20]),
  }));
}

const unended = '"end" is null and (pid, process_start) is distinct from ($pid, $start)';

/**
 * Closes runs that a process left without an end. The file is open for writing here, and only one process can have it so:
 * every unended run of another process belongs to a dead one.
 */
export async function abandonRuns(database: Database, now: number): Promise<void> {
  const { rows } = await database.pool.query(`select count(*) from meta.runs where ${unended}`, self, {
    tag: 'opening',
  });
  if (readCount(rows[0]?.[0]) === 0) return;
  await database.pool.write(
    connection =>
      connection.execute(
        `update meta.runs set "end" = 'abandoned', planned = coalesce(planned, 0), covered = coalesce(covered, 0),
          ended_at = coalesce((select max(a.ended_at) from meta.attempts a where a.run = runs.run), $now),
          message = 'its process ended before it did'
        where ${unended}`,
        { ...self, now: instantValue(now) },
      ),
    { tag: 'opening' },
  );
}
