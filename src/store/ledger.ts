/**
 * The ledger: what was asked and did not end well stands in `meta.failures` until it does, one row for each code and
 * range.
 *
 * 1. A failed task enters its code and range. Where the ledger holds a range of that code around or inside it, the two
 *    become one row, with the attempts of both.
 * 2. A task that ends well takes out every failure inside its range, and so does coverage that it completes.
 */
import type { Code } from '../market/code.ts';
import type { IsoDate } from '../market/date.ts';
import type { Failure, FailureClass } from '../source/outcome.ts';
import type { EndedTask } from './batch.ts';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import type { Origins } from './merge.ts';
import { append, dateColumn, instantColumn, integerColumn, makeStage, type StageColumn, textColumn } from './stage.ts';
import { codeOf, datasetOf, endedWell, paramsOf, rangeOf } from './task-words.ts';
import { instantValue, readCount, readDate, readInstant, readText } from './values.ts';

export interface LedgerFailure {
  /** null: a dataset of the whole market. */
  readonly code: Code | null;
  /** Name of the security where the catalogue has it. */
  readonly name: string | null;
  /** Table of bars (`daily`, `min5` …) or dataset. */
  readonly dataset: string;
  /** Of a dataset task; empty for bars. */
  readonly params: Readonly<Record<string, string>>;
  readonly from: IsoDate | null;
  readonly to: IsoDate | null;
  readonly class: FailureClass;
  readonly message: string;
  /** Tries so far, over all runs. */
  readonly attempts: number;
  /** Clock times in ms. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly nextRetry: number | null;
  /** Run of the latest failure. */
  readonly run: number;
  readonly source: string;
  readonly providerCode: string | null;
  /** The provider's own words, untrusted. */
  readonly said: string | null;
}

/** All that are given must hold. */
export interface FailureFilter {
  readonly codes?: readonly Code[];
  readonly classes?: readonly FailureClass[];
  readonly datasets?: readonly string[];
  readonly run?: number;
  /** Clock time in ms: failed then or later. */
  readonly since?: number;
}

/** What stands on the ledger, newest first. */
export async function readFailures(database: Database, filter: FailureFilter = {}): Promise<readonly LedgerFailure[]> {
  const { codes, classes, datasets, run, since } = filter;
  const conditions = [
    ...(codes ? ['f.code in (select unnest($codes::varchar[]))'] : []),
    ...(classes ? ['f.class in (select unnest($classes::varchar[]))'] : []),
    ...(datasets ? ['f.dataset in (select unnest($datasets::varchar[]))'] : []),
    ...(run === undefined ? [] : ['f.run = $run']),
    ...(since === undefined ? [] : ['f.last_at >= $since']),
  ];
  const { rows } = await database.pool.query(
    `select f.code, i.name, f.dataset, f.params, f.from_date, f.to_date, f.class, f.message, f.attempts, f.first_at, f.last_at,
      f.next_retry, f.run, f.source, f.provider_code, f.said
    from meta.failures f left join main.instruments i on i.code = f.code
    ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
    order by f.last_at desc, f.dataset, f.code, f.from_date`,
    {
      ...(codes ? { codes: codes as never } : {}),
      ...(classes ? { classes: classes as never } : {}),
      ...(datasets ? { datasets: datasets as never } : {}),
      ...(run === undefined ? {} : { run }),
      ...(since === undefined ? {} : { since: instantValue(since) }),
    },
    { tag: 'failures' },
  );
  return rows.map(row => ({
    code: readText(row[0]) as Code | null,
    name: readText(row[1]),
    dataset: readText(row[2]) as string,
    params: JSON.parse(readText(row[3]) ?? '{}') as Record<string, string>,
    from: readDate(row[4]),
    to: readDate(row[5]),
    class: readText(row[6]) as FailureClass,
    message: readText(row[7]) ?? '',
    attempts: readCount(row[8]),
    firstAt: readInstant(row[9]) ?? 0,
    lastAt: readInstant(row[10]) ?? 0,
    nextRetry: readInstant(row[11]),
    run: readCount(row[12]),
    source: readText(row[13]) ?? '',
    providerCode: readText(row[14]),
    said: readText(row[15]),
  }));
}

// ── Written by a commit ─────────────────────────────────────────────────────────────────────────────────────────────────

interface Entry extends EndedTask {
  readonly outcome: Failure;
}

function isFailure(ended: EndedTask): ended is Entry {
  return !endedWell(ended.outcome);
}

const entryLayout: readonly StageColumn[] = [
  { name: 'no', kind: 'integer' },
  { name: 'code', kind: 'text' },
  { name: 'dataset', kind: 'text' },
  { name: 'params', kind: 'text' },
  { name: 'from_date', kind: 'date' },
  { name: 'to_date', kind: 'date' },
  { name: 'class', kind: 'text' },
  { name: 'message', kind: 'text' },
  { name: 'attempts', kind: 'integer' },
  { name: 'first_at', kind: 'instant' },
  { name: 'last_at', kind: 'instant' },
  { name: 'next_retry', kind: 'instant' },
  { name: 'provider_code', kind: 'text' },
  { name: 'said', kind: 'text' },
];

/** Takes failures out that the tasks which ended well have settled. After coverage was recorded, before failures enter. */
export async function settleFailures(connection: Connection, ended: readonly EndedTask[]): Promise<void> {
  const well = ended.filter(({ outcome }) => endedWell(outcome)).map(({ task }) => task);
  if (well.length === 0) return;
  const layout = entryLayout.slice(0, 6);
  await append(connection, await makeStage(connection, 'staged_settled', layout), layout, [
    {
      rows: well.length,
      columns: [
        integerColumn(well.map((_, no) => no)),
        textColumn(well.map(codeOf)),
        textColumn(well.map(datasetOf)),
        textColumn(well.map(paramsOf)),
        dateColumn(well.map(task => rangeOf(task).from)),
        dateColumn(well.map(task => rangeOf(task).to)),
      ],
    },
  ]);
  await connection.execute(
    `delete from meta.failures f using staged_settled s
    where f.dataset = s.dataset and f.params = s.params and f.code is not distinct from s.code
      and (s.from_date is null or (f.from_date >= s.from_date and f.to_date <= s.to_date))`,
  );
  await connection.execute(
    `delete from meta.failures f using (select distinct dataset, code from staged_settled) s, meta.coverage c
    where f.params = '{}' and f.dataset = s.dataset and f.code = s.code
      and c.dataset = s.dataset and c.code = s.code and f.from_date >= c.from_date and f.to_date <= c.to_date`,
  );
}

/** Enters the tasks that failed. */
export async function enterFailures(
  connection: Connection,
  ended: readonly EndedTask[],
  { run, source, now }: Origins,
): Promise<void> {
  const entries = distinctEntries(ended);
  if (entries.length === 0) return;
  const times = entries.map(({ attempts, outcome }) => {
    const first = attempts[0]?.startedAt ?? now;
    const last = attempts.at(-1)?.endedAt ?? now;
    return { first, last, next: outcome.retryAfterMs === undefined ? null : last + outcome.retryAfterMs };
  });
  await append(connection, await makeStage(connection, 'staged_failures', entryLayout), entryLayout, [
    {
      rows: entries.length,
      columns: [
        integerColumn(entries.map((_, no) => no)),
        textColumn(entries.map(({ task }) => codeOf(task))),
        textColumn(entries.map(({ task }) => datasetOf(task))),
        textColumn(entries.map(({ task }) => paramsOf(task))),
        dateColumn(entries.map(({ task }) => rangeOf(task).from)),
        dateColumn(entries.map(({ task }) => rangeOf(task).to)),
        textColumn(entries.map(({ outcome }) => outcome.class)),
        textColumn(entries.map(({ outcome }) => outcome.message)),
        integerColumn(entries.map(({ attempts }) => attempts.length)),
        instantColumn(times.map(({ first }) => first)),
        instantColumn(times.map(({ last }) => last)),
        instantColumn(times.map(({ next }) => next)),
        textColumn(entries.map(({ outcome }) => outcome.code ?? null)),
        textColumn(entries.map(({ outcome }) => outcome.said ?? null)),
      ],
    },
  ]);
  await connection.execute(
    `create or replace temp table staged_known as
    select n.no, f.rowid as known_, f.from_date, f.to_date, f.attempts, f.first_at
    from staged_failures n join meta.failures f
      on f.dataset = n.dataset and f.params = n.params and f.code is not distinct from n.code
      and ((f.from_date is not distinct from n.from_date and f.to_date is not distinct from n.to_date)
        or (f.from_date <= n.from_date and f.to_date >= n.to_date)
        or (f.from_date >= n.from_date and f.to_date <= n.to_date))`,
  );
  await connection.execute('delete from meta.failures where rowid in (select known_ from staged_known)');
  await connection.execute(
    `insert into meta.failures (code, dataset, params, from_date, to_date, class, message, attempts, first_at, last_at,
      next_retry, run, source, provider_code, said)
    select n.code, n.dataset, n.params, least(n.from_date, k.from_date) as from_, greatest(n.to_date, k.to_date) as to_,
      n.class, n.message, n.attempts + coalesce(k.attempts, 0), least(n.first_at, k.first_at), n.last_at, n.next_retry,
      $run, $source, n.provider_code, n.said
    from staged_failures n
    left join (
      select no, min(from_date) as from_date, max(to_date) as to_date, sum(attempts)::integer as attempts,
        min(first_at) as first_at
      from staged_known group by no) k on k.no = n.no
    qualify row_number() over (partition by n.dataset, n.params, n.code, from_, to_ order by n.no desc) = 1`,
    { run, source },
  );
}

/**
 * The failed tasks: of those about the same code and range the last, with the attempts of all; without those that a later
 * task of the same commit made good.
 */
function distinctEntries(ended: readonly EndedTask[]): Entry[] {
  const entries = new Map<string, Entry[]>();
  for (const one of ended) {
    const { task } = one;
    const about = JSON.stringify([datasetOf(task), paramsOf(task), codeOf(task)]);
    const before = entries.get(about) ?? [];
    if (isFailure(one)) {
      const same = before.filter(entry => within(entry, one) && within(one, entry));
      const attempts = [...same, one].flatMap(entry => entry.attempts);
      entries.set(about, [...before.filter(entry => !same.includes(entry)), { ...one, attempts }]);
    } else {
      entries.set(
        about,
        before.filter(entry => !within(entry, one)),
      );
    }
  }
  return [...entries.values()].flat();
}

/** The range of `inner` lies in that of `outer`; a task without a range holds all of its kind. */
function within(inner: EndedTask, outer: EndedTask): boolean {
  const a = rangeOf(inner.task);
  const b = rangeOf(outer.task);
  if (b.from === null || b.to === null) return true;
  return a.from !== null && a.to !== null && a.from >= b.from && a.to <= b.to;
}
