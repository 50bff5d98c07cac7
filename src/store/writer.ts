/**
 * The one door through which rows enter: a commit is one transaction of the write lane, with rows, factors, spans,
 * coverage, ledger, attempts, counts of the run and messages. After it, or after a crash in the middle of it, what the
 * bookkeeping says is what the tables hold. The same tasks committed twice change nothing the second time.
 */
import { tableOf } from '../market/period.ts';
import { type Initials, loadInitials } from '../market/pinyin.ts';
import { keepAttempts } from './attempts.ts';
import type { CommitRequest, Committed, EndedTask } from './batch.ts';
import { countWritten } from './cached-blocks.ts';
import { completeBatch, countSessions, initialsOfNames } from './catalogue.ts';
import type { Connection } from './connection.ts';
import { type AskedRange, askedRanges, prepareCoverage, recordCoverage } from './coverage.ts';
import type { Database } from './database.ts';
import { askedHistories, spanCodes, storedFactors, storeFactors } from './factors.ts';
import { type Group, groupsOf } from './intake.ts';
import { enterFailures, settleFailures } from './ledger.ts';
import { mergeGroup, type Origins, stageAhead, stageGroup } from './merge.ts';
import { deriveFactors, mayLackFactors } from './provisional.ts';
import { type Finding, findingsOf, keepFindings, settleFindings, stageFindings } from './quarantine.ts';
import { noteRefreshed } from './refreshed.ts';
import { countRequests, requestTotal } from './requests.ts';
import { countRun } from './runs.ts';
import { storeSnapshots } from './snapshots.ts';
import { codeOf, datasetOf, endedWell, rangeOf } from './task-words.ts';
import { readCount, readDate, readText } from './values.ts';

export interface CommitOptions {
  /** Initials of the catalogue's names; the dictionary of `market/pinyin.ts` where none are given. */
  readonly initials?: Initials;
  /** Called once the rows are staged and the commit only waits for its turn: the next one may begin. */
  readonly staged?: () => void;
  /** Gives up waiting for the turn; what has begun is ended. */
  readonly signal?: AbortSignal;
}

/** Stores what ended. Several hundred tasks at once cost little more than one. */
export async function commit(
  database: Database,
  request: CommitRequest,
  options: CommitOptions = {},
): Promise<Committed> {
  const initials = await initialsOfNames(request.ended, async () => options.initials ?? (await loadInitials()));
  const groups = groupsOf(request.ended, (table, batch) => completeBatch(table, batch, initials));
  const tag = `run ${request.run}`;
  const asked = askedRanges(request.ended, groups, request.source);
  const [first] = [...asked.keys()].flatMap(dataset => groups.filter(({ table }) => table.name === dataset));
  const before = async (connection: Connection) => {
    if (first) await stageAhead(connection, first);
    options.staged?.();
  };
  const committed = await database.pool.write(connection => store(connection, database, request, groups, asked), {
    tag,
    before,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  await countWritten(database, committed.rows);
  return committed;
}

async function store(
  connection: Connection,
  database: Database,
  request: CommitRequest,
  groups: readonly Group[],
  asked: ReadonlyMap<string, readonly AskedRange[]>,
): Promise<Committed> {
  const { run, source, ended } = request;
  const origins: Origins = { run, source, now: database.clock.now() };
  const standing = await standingOf(connection, run, ended);
  const known = standing.counted ? await countedBefore(connection, run, ended) : new Set<number>();
  const findings = [...findingsOf(ended), ...(await vanishedHistories(connection, ended, groups))];
  const settles = standing.findings > 0;
  if (settles || findings.length > 0) await stageFindings(connection, findings);

  const rowsOf = new Map<number, number>();
  const tables = new Map(
    ended.map(({ task }) => [task.id, task.kind === 'bars' ? tableOf(task.period) : task.beside ? '' : null]),
  );
  let revised = 0;
  let exDates = 0;
  const count = (group: Group, changedOf: ReadonlyMap<number, number>) => {
    for (const [task, rows] of changedOf) {
      const own = tables.get(task);
      if (own === null || own === group.table.name) rowsOf.set(task, (rowsOf.get(task) ?? 0) + rows);
    }
  };

  const respan = new Set<string>();
  for (const [dataset, ranges] of asked) {
    const covered = await prepareCoverage(connection, dataset, ranges);
    const met = new Set<string>();
    for (const group of groups.filter(({ table }) => table.name === dataset)) {
      await stageGroup(connection, group);
      const merged = await mergeGroup(connection, group, origins);
      for (const code of merged.met) met.add(code);
      count(group, merged.changedOf);
      revised += merged.revised;
      if (settles) await settleFindings(connection, group, run);
    }
    await recordCoverage(connection, dataset, ranges, { met, covered }, origins);
  }
  for (const group of groups.filter(({ table }) => !asked.has(table.name))) {
    if (group.table.name === 'adj_factors') {
      const stored = await storeFactors(connection, group, askedHistories(ended), origins);
      count(group, stored.changedOf);
      revised += stored.revised;
      exDates += stored.changed;
      for (const code of stored.codes) respan.add(code);
    } else if (group.table.shape === 'snapshots') {
      count(group, await storeSnapshots(connection, group, ended, origins));
    } else {
      await stageGroup(connection, group);
      const merged = await mergeGroup(connection, group, origins);
      count(group, merged.changedOf);
      revised += merged.revised;
      if (group.table.name === 'calendar' && merged.changed > 0) await countSessions(connection);
    }
    if (settles) await settleFindings(connection, group, run);
  }
  const barred = new Set([...asked.values()].flatMap(ranges => ranges.map(({ code }) => code)));
  if (respan.size + barred.size > 0) await spanCodes(connection, [...respan], [...barred]);

  if (findings.length > 0) await keepFindings(connection, origins);
  if (standing.failures > 0) await settleFailures(connection, ended);
  await enterFailures(connection, ended, origins);
  const fresh = ended.filter(({ task }) => !known.has(task.id));
  await keepAttempts(connection, fresh, run);
  await noteRefreshed(connection, ended, origins, database.clock.today());
  const today = database.clock.today();
  if (mayLackFactors(asked.get('daily') ?? [], askedHistories(ended), origins.now, today)) {
    exDates += await deriveFactors(connection, origins, today);
  }
  await countRequests(connection, request.requests, database.clock.today());
  const rows = [...rowsOf.values()].reduce((sum, changed) => sum + changed, 0);
  await countRun(connection, run, {
    ok: fresh.filter(({ outcome }) => outcome.class === 'ok').length,
    empty: fresh.filter(({ outcome }) => outcome.class === 'ok-empty').length,
    failed: fresh.filter(({ outcome }) => !endedWell(outcome)).length,
    rows,
    quarantined: findings.length,
    requests: requestTotal(request.requests),
    logins: request.logins,
  });
  return { rows, rowsOf, quarantined: findings.length, revised, exDates };
}

/** What a commit may have to settle: seldom anything, so it is asked for once. */
async function standingOf(
  connection: Connection,
  run: number,
  ended: readonly EndedTask[],
): Promise<{ readonly counted: boolean; readonly findings: number; readonly failures: number }> {
  const { rows } = await connection.query(
    `select (select count(*) from meta.attempts where run = $run and task in (select unnest($tasks::integer[]))),
      (select count(*) from meta.quarantine where settled_run is null), (select count(*) from meta.failures)`,
    { run, tasks: ended.map(({ task }) => task.id) as never },
  );
  const [counted = 0, findings = 0, failures = 0] = rows[0]?.map(readCount) ?? [];
  return { counted: counted > 0, findings, failures };
}

/** Tasks of this run that an earlier commit counted already: handing the same ones in again counts them once. */
async function countedBefore(connection: Connection, run: number, ended: readonly EndedTask[]): Promise<Set<number>> {
  if (ended.length === 0) return new Set();
  const { rows } = await connection.query(
    `select distinct task, dataset, code, from_date, to_date from meta.attempts
    where run = $run and task in (select unnest($tasks::integer[]))`,
    { run, tasks: ended.map(({ task }) => task.id) as never },
  );
  const words = (...parts: readonly unknown[]) => JSON.stringify(parts);
  const known = new Set(
    rows.map(([task, dataset, code, from, to]) =>
      words(readCount(task), readText(dataset), readText(code), readDate(from), readDate(to)),
    ),
  );
  const before = ended.filter(({ task }) => {
    const { from, to } = rangeOf(task);
    return known.has(words(task.id, datasetOf(task), codeOf(task), from, to));
  });
  return new Set(before.map(({ task }) => task.id));
}

/** A code that had factors cannot have none: such an answer is a finding, and what is stored stays. */
async function vanishedHistories(
  connection: Connection,
  ended: readonly EndedTask[],
  groups: readonly Group[],
): Promise<Finding[]> {
  const came = new Set(
    groups.filter(({ table }) => table.name === 'adj_factors').flatMap(({ keys }) => keys.map(key => key.code)),
  );
  const none = [...askedHistories(ended)]
    .filter(([code, { from, to }]) => from === null && to === null && !came.has(code))
    .map(([code]) => code);
  const stored = await storedFactors(connection, none);
  return [...stored].map(([code, count]) => ({
    code,
    at: null,
    dataset: 'adj_factors',
    reason: `no factors came where ${count} are stored`,
    raw: '[]',
  }));
}
