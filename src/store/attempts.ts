/** Every try of every task, kept for good in `meta.attempts`. */
import type { Code } from '../market/code.ts';
import type { IsoDate } from '../market/date.ts';
import type { Outcome } from '../source/outcome.ts';
import type { EndedTask } from './batch.ts';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import { append, dateColumn, instantColumn, integerColumn, type StageColumn, textColumn } from './stage.ts';
import { codeOf, datasetOf, rangeOf } from './task-words.ts';
import { readCount, readDate, readInstant, readText } from './values.ts';

const attemptLayout: readonly StageColumn[] = [
  { name: 'run', kind: 'integer' },
  { name: 'task', kind: 'integer' },
  { name: 'number', kind: 'integer' },
  { name: 'code', kind: 'text' },
  { name: 'dataset', kind: 'text' },
  { name: 'from_date', kind: 'date' },
  { name: 'to_date', kind: 'date' },
  { name: 'started_at', kind: 'instant' },
  { name: 'ended_at', kind: 'instant' },
  { name: 'worker', kind: 'integer' },
  { name: 'requests', kind: 'integer' },
  { name: 'class', kind: 'text' },
  { name: 'message', kind: 'text' },
  { name: 'provider_code', kind: 'text' },
  { name: 'said', kind: 'text' },
];

/** Keeps every try. */
export async function keepAttempts(connection: Connection, ended: readonly EndedTask[], run: number): Promise<void> {
  const tries = ended.flatMap(({ task, attempts }) => attempts.map(attempt => ({ task, attempt })));
  if (tries.length === 0) return;
  await append(connection, { schema: 'meta', table: 'attempts' }, attemptLayout, [
    {
      rows: tries.length,
      columns: [
        integerColumn(tries.map(() => run)),
        integerColumn(tries.map(({ task }) => task.id)),
        integerColumn(tries.map(({ attempt }) => attempt.number)),
        textColumn(tries.map(({ task }) => codeOf(task))),
        textColumn(tries.map(({ task }) => datasetOf(task))),
        dateColumn(tries.map(({ task }) => rangeOf(task).from)),
        dateColumn(tries.map(({ task }) => rangeOf(task).to)),
        instantColumn(tries.map(({ attempt }) => attempt.startedAt)),
        instantColumn(tries.map(({ attempt }) => attempt.endedAt)),
        integerColumn(tries.map(({ attempt }) => attempt.worker)),
        integerColumn(tries.map(({ attempt }) => attempt.requests)),
        textColumn(tries.map(({ attempt }) => attempt.outcome.class)),
        textColumn(tries.map(({ attempt }) => wordsOf(attempt.outcome))),
        textColumn(tries.map(({ attempt }) => ('code' in attempt.outcome ? (attempt.outcome.code ?? null) : null))),
        textColumn(tries.map(({ attempt }) => ('said' in attempt.outcome ? (attempt.outcome.said ?? null) : null))),
      ],
    },
  ]);
}

function wordsOf(outcome: Outcome): string | null {
  if (outcome.class === 'ok') return null;
  return outcome.class === 'ok-empty' ? outcome.reason : outcome.message;
}

/** One try of a task. */
export interface LedgerAttempt {
  readonly run: number;
  readonly number: number;
  readonly dataset: string;
  readonly from: IsoDate | null;
  readonly to: IsoDate | null;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly worker: number;
  readonly requests: number;
  readonly class: string;
  readonly message: string | null;
  readonly providerCode: string | null;
  readonly said: string | null;
}

/** What was tried for a code, or for a dataset that was asked for as a whole, newest first. */
export async function readAttempts(
  database: Database,
  code: Code | string,
  limit = 100,
): Promise<readonly LedgerAttempt[]> {
  const { rows } = await database.pool.query(
    `select run, number, dataset, from_date, to_date, started_at, ended_at, worker, requests, class, message, provider_code, said
    from meta.attempts where code = $code or (code is null and dataset = $code) order by started_at desc, number desc limit $limit`,
    { code, limit },
    { tag: 'failures' },
  );
  return rows.map(row => ({
    run: readCount(row[0]),
    number: readCount(row[1]),
    dataset: readText(row[2]) ?? '',
    from: readDate(row[3]),
    to: readDate(row[4]),
    startedAt: readInstant(row[5]) ?? 0,
    endedAt: readInstant(row[6]) ?? 0,
    worker: readCount(row[7]),
    requests: readCount(row[8]),
    class: readText(row[9]) ?? '',
    message: readText(row[10]),
    providerCode: readText(row[11]),
    said: readText(row[12]),
  }));
}
