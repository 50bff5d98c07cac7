/**
 * `meta.pool`: the figures of the running program's connection pool as one row of SQL. They live in the program, not in the
 * file, so the view reads a variable of the connection that the shell sets from the pool just before a statement that names
 * the view, and empties after it. Anywhere else, in another program too, the view has no rows: it never shows old figures.
 */
import { figuresVariable } from './kept.ts';

/** Name, SQL type, comment with unit. The variable holds them as one JSON object by these names. */
export const poolColumns: readonly (readonly [name: string, type: string, comment: string])[] = [
  ['at', 'TIMESTAMPTZ', 'when the figures were taken'],
  ['preset', 'VARCHAR', 'preset chosen last; custom after a single option was set'],
  ['state', 'VARCHAR', 'open, suspended (the file is released), closed'],
  ['size', 'INTEGER', 'connections kept for reuse; 0: no limit'],
  ['max_overflow', 'INTEGER', 'connections beyond size, for a while; -1: no limit'],
  ['timeout_ms', 'DOUBLE', 'how long a checkout waits; NULL: for ever'],
  ['recycle_ms', 'DOUBLE', 'age from which a connection is replaced; -1: never'],
  ['checked_out', 'INTEGER', 'lent now'],
  ['checked_in', 'INTEGER', 'idle now'],
  ['overflow', 'INTEGER', 'open now beyond size'],
  ['opening', 'INTEGER', 'being opened now'],
  ['waiting', 'INTEGER', 'checkouts and writers that wait'],
  ['used_percent', 'DOUBLE', 'checked out, of size + max overflow; NULL without a limit'],
  ['wait_p50_ms', 'DOUBLE', 'half of the last thousand checkouts waited no longer'],
  ['wait_p99_ms', 'DOUBLE', '99 of a hundred of them waited no longer'],
  ['opened', 'BIGINT', 'connections opened so far, failed ones included'],
  ['closed', 'BIGINT', 'connections closed so far, failed ones included'],
  ['failed_opens', 'BIGINT', 'openings that failed'],
  ['recycled', 'BIGINT', 'replaced for their age'],
  ['invalidated', 'BIGINT', 'thrown away: they did not answer, or the engine failed'],
  ['leaked', 'BIGINT', 'held for too long'],
  ['misused', 'BIGINT', 'returned twice, used after return, or returned with something open'],
  ['running', 'INTEGER', "statements in the engine's hands"],
  ['running_limit', 'INTEGER', 'how many may be: threads of the process less two'],
  ['running_waiting', 'INTEGER', 'statements that wait for a thread'],
  ['writer', 'VARCHAR', 'who has the right to write; NULL: nobody'],
  ['lanes', 'STRUCT(lane VARCHAR, held INTEGER, waiting INTEGER)[]', 'interactive, write, read'],
  [
    'holders',
    'STRUCT(connection INTEGER, lane VARCHAR, tag VARCHAR, held_ms DOUBLE, sql VARCHAR, running_ms DOUBLE)[]',
    'who holds each connection; running_ms NULL: its statement has ended',
  ],
  ['alerts', 'VARCHAR[]', 'what needs attention, in sentences'],
  [
    'workers',
    'STRUCT(id INTEGER, pid INTEGER, state VARCHAR, "at" VARCHAR, detail VARCHAR, state_ms DOUBLE, tasks INTEGER, memory_mb DOUBLE)[]',
    'worker processes of the running jobs',
  ],
  ['requests_today', 'BIGINT', 'messages sent to the provider today; NULL: not known, or no provider is counted'],
  ['request_budget', 'BIGINT', 'messages allowed a day; NULL: no limit'],
  ['file', 'VARCHAR', 'path of the database file'],
  ['file_bytes', 'BIGINT', 'its size'],
  ['wal_bytes', 'BIGINT', 'size of its write-ahead log'],
  ['engine', 'VARCHAR', 'version of DuckDB'],
];

export const poolView = {
  name: 'meta.pool',
  comment: 'the connection pool of the program that asks, now: one row, and none where no shell asks',
  sql: `select ${poolColumns
    .map(
      ([name, type]) =>
        `cast(${/^(STRUCT|.*\[\]$)/.test(type) ? `j_->'${name}'` : `j_->>'${name}'`} as ${type}) as "${name}"`,
    )
    .join(', ')}
    from (select cast(getvariable('${figuresVariable}') as json) as j_) where j_ is not null`,
} as const;

/** The statement that hands figures to the view, or with null takes them away, on the connection that it runs on. */
export function setFigures(figures: Readonly<Record<string, unknown>> | null): string {
  const value = figures === null ? 'null' : `'${JSON.stringify(figures).replaceAll("'", "''")}'`;
  return `set variable ${figuresVariable} = ${value}`;
}
