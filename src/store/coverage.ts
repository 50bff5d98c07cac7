/**
 * Coverage: which ranges of a code are known to be whole, each with the number of rows that it held when that was recorded.
 * A range whose number is another one now (rows were deleted or added by SQL) counts as not covered.
 */
import { type Code, isCode } from '../market/code.ts';
import { fromDays, type IsoDate, isDate } from '../market/date.ts';
import type { Outcome } from '../source/outcome.ts';
import type { EndedTask } from './batch.ts';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import type { Group } from './intake.ts';
import {
  append,
  dateColumn,
  flagColumn,
  integerColumn,
  makeStage,
  type Piece,
  type StageColumn,
  textColumn,
} from './stage.ts';
import { marketTable } from './tables.ts';
import { datasetOf } from './task-words.ts';
import { instantValue, readCount, readDate, readInstant, readText } from './values.ts';

export interface CoveredRange {
  readonly code: Code;
  readonly from: IsoDate;
  readonly to: IsoDate;
  /** Rows when the range was recorded, and now. */
  readonly rows: number;
  readonly stored: number;
  /** `rows` and `stored` are the same. */
  readonly whole: boolean;
  /** Clock time (ms) at which it was last asked for. */
  readonly checkedAt: number | null;
}

/** Of more codes than these the whole table is counted: choosing rows then costs more than it saves. */
const fewCodes = 1_000;

/**
 * The recorded ranges of a dataset (`daily`, `min5` …), ascending for each code, checked against the stored rows in one
 * query. A code with one range and no row outside it has there what it has in all, which is counted in a quarter of the time
 * that a join takes (0.1 s for 5,400 codes over 24 M bars); only the ranges of other codes are joined with the rows.
 */
export async function readCoverage(
  database: Database,
  dataset: string,
  codes?: readonly Code[],
): Promise<ReadonlyMap<Code, readonly CoveredRange[]>> {
  const { base } = marketTable(dataset);
  const chosen = 'code in (select unnest($codes::varchar[]))';
  const { rows } = await database.pool.query(
    `with ranges as materialized (
      select rowid as id, *, count(*) over (partition by code) as pieces from meta.coverage
      where dataset = $dataset ${codes ? `and ${chosen}` : ''}),
    held as materialized (
      select code, count(*) as held, min(date) as first, max(date) as last from ${base}
      ${codes && codes.length <= fewCodes ? `where ${chosen}` : ''} group by code),
    known as materialized (
      select r.*, h.held, h.code is null or (r.pieces = 1 and h.first >= r.from_date and h.last <= r.to_date) as certain
      from ranges r left join held h on h.code = r.code),
    counts as (
      select r.id, count(*) as stored from ${base} t
      join (from known where not certain) r on t.code = r.code and t.date between r.from_date and r.to_date group by r.id)
    select k.code, k.from_date, k.to_date, k."rows", coalesce(if(k.certain, k.held, n.stored), 0), k.checked_at
    from known k left join counts n on n.id = k.id order by k.code, k.from_date`,
    { dataset, ...(codes ? { codes: codes as never } : {}) },
    { tag: 'coverage' },
  );
  const ranges = new Map<Code, CoveredRange[]>();
  for (const [code, from, to, recorded, stored, checkedAt] of rows) {
    const range: CoveredRange = {
      code: readText(code) as Code,
      from: readDate(from) as IsoDate,
      to: readDate(to) as IsoDate,
      rows: readCount(recorded),
      stored: readCount(stored),
      whole: readCount(recorded) === readCount(stored),
      checkedAt: readInstant(checkedAt),
    };
    const known = ranges.get(range.code);
    if (known) known.push(range);
    else ranges.set(range.code, [range]);
  }
  return ranges;
}

/** One range of a code that was asked for and answered. */
export interface AskedRange {
  readonly code: string;
  readonly from: IsoDate;
  readonly to: IsoDate;
  /** Last session received, sound or in quarantine; null where none was. */
  readonly last: IsoDate | null;
  /** True where the source has a row for every session of a listed code, also a suspended one. */
  readonly everySession: boolean;
  /** Rows that came, where no two can be of the same key. */
  readonly rows: number | null;
}

/**
 * What a commit's tasks cover, by dataset of bars. An empty answer covers its range when its reason says that there is
 * nothing to have; not when nothing was published yet or this source does not offer it.
 */
export function askedRanges(
  ended: readonly EndedTask[],
  groups: readonly Group[],
  source: string,
): Map<string, AskedRange[]> {
  const asked = new Map<string, AskedRange[]>();
  const add = (dataset: string, range: AskedRange) => {
    const known = asked.get(dataset);
    if (known) known.push(range);
    else asked.set(dataset, [range]);
  };
  const received = receivedRows(groups);
  for (const { task, outcome, parts } of ended) {
    if (!covers(outcome)) continue;
    if (task.kind === 'dataset') {
      for (const [dataset, keys] of received.get(task.id) ?? []) {
        for (const { code, first, last, rows } of keys) {
          if (code === null || first === null || last === null) continue;
          add(dataset, {
            code,
            from: fromDays(first),
            to: fromDays(last),
            last: fromDays(last),
            everySession: false,
            rows,
          });
        }
      }
      for (const range of rejectedOn(task.params.date, parts)) add(range.dataset, range.asked);
      continue;
    }
    const dataset = datasetOf(task);
    const keys = received.get(task.id)?.get(dataset) ?? [];
    const key = keys.find(({ code }) => code === task.code);
    const rejected = parts
      .filter(({ table }) => table === dataset)
      .flatMap(part => part.rejected.map(({ at }) => at?.slice(0, 10) ?? ''))
      .filter(at => at >= task.from && at <= task.to);
    const dates = [...(key?.last == null ? [] : [fromDays(key.last)]), ...rejected].sort();
    add(dataset, {
      code: task.code,
      from: task.from,
      to: task.to,
      last: (dates.at(-1) as IsoDate | undefined) ?? null,
      everySession: source === 'baostock' && dataset === 'daily',
      rows: keys.length === 0 ? 0 : keys.length === 1 && key ? key.rows : null,
    });
  }
  return asked;
}

/** The codes whose row of a day for the whole market went into quarantine: `retry` asks for them, a sync does not. */
function rejectedOn(date: string | undefined, parts: EndedTask['parts']): { dataset: string; asked: AskedRange }[] {
  if (date === undefined || !isDate(date)) return [];
  return parts.flatMap(({ table, rejected }) => {
    if (marketTable(table).shape !== 'bars') return [];
    const codes = new Set(rejected.flatMap(({ code, at }) => (at === date && code && isCode(code) ? [code] : [])));
    return [...codes].map(code => ({
      dataset: table,
      asked: { code, from: date, to: date, last: date, everySession: false, rows: null },
    }));
  });
}

function covers(outcome: Outcome): boolean {
  if (outcome.class === 'ok') return true;
  return outcome.class === 'ok-empty' && outcome.reason !== 'not-published' && outcome.reason !== 'not-offered';
}

interface ReceivedKey {
  readonly code: string | null;
  readonly first: number | null;
  readonly last: number | null;
  readonly rows: number | null;
}

/** Keys of bars by task and table. */
function receivedRows(groups: readonly Group[]): Map<number, Map<string, ReceivedKey[]>> {
  const received = new Map<number, Map<string, ReceivedKey[]>>();
  for (const { table, keys, mayRepeat } of groups) {
    if (table.shape !== 'bars') continue;
    for (const { task, code, first, last, rows } of keys) {
      const tables = received.get(task) ?? new Map<string, ReceivedKey[]>();
      received.set(task, tables);
      const list = tables.get(table.name) ?? [];
      tables.set(table.name, list);
      list.push({ code, first, last, rows: mayRepeat ? null : rows });
    }
  }
  return received;
}

const layout: readonly StageColumn[] = [
  { name: 'code', kind: 'text' },
  { name: 'from_date', kind: 'date' },
  { name: 'to_date', kind: 'date' },
  { name: 'last', kind: 'date' },
  { name: 'every_session', kind: 'flag' },
  { name: 'rows', kind: 'integer' },
];

function pieceOf(asked: readonly AskedRange[]): Piece {
  return {
    rows: asked.length,
    columns: [
      textColumn(asked.map(({ code }) => code)),
      dateColumn(asked.map(({ from }) => from)),
      dateColumn(asked.map(({ to }) => to)),
      dateColumn(asked.map(({ last }) => last)),
      flagColumn(asked.map(({ everySession }) => everySession)),
      integerColumn(asked.map(({ rows }) => rows)),
    ],
  };
}

/**
 * Before the rows of a commit are merged: stages what was asked, and forgets ranges of the same codes that are not whole any
 * more, since nothing would ever show it once the new rows are counted in.
 *
 * @returns the codes that had any range.
 */
export async function prepareCoverage(
  connection: Connection,
  dataset: string,
  asked: readonly AskedRange[],
): Promise<ReadonlySet<string>> {
  await append(connection, await makeStage(connection, 'staged_asked', layout), layout, [pieceOf(asked)]);
  const { rows } = await connection.query(
    'select distinct code from meta.coverage where dataset = $dataset and code in (select code from staged_asked)',
    { dataset },
  );
  const covered = new Set(rows.map(([code]) => readText(code) as string));
  if (covered.size > 0) await forgetBroken(connection, dataset);
  return covered;
}

async function forgetBroken(connection: Connection, dataset: string): Promise<void> {
  await connection.execute(
    `create or replace temp table staged_covered as
    select c.code, c.from_date, c.to_date, c."rows" from meta.coverage c
    where c.dataset = $dataset and c.code in (select code from staged_asked)`,
    { dataset },
  );
  const { base } = marketTable(dataset);
  const broken = await connection.execute(
    `create or replace temp table staged_broken as
    select c.code, c.from_date, c.to_date, count(t.date) < c."rows" and count(t.date) = count(distinct t.date) as thinner
    from staged_covered c
    left join ${base} t on t.code = c.code and t.date between c.from_date and c.to_date
    group by c.code, c.from_date, c.to_date, c."rows" having count(t.date) <> c."rows"`,
  );
  const left = await connection.query('select count(*) from staged_broken');
  if (broken === 0 && readCount(left.rows[0]?.[0]) === 0) return;
  if (dataset === 'daily') await keepWholeParts(connection);
  await connection.execute(
    `delete from meta.coverage v using staged_broken b
    where v.dataset = $dataset and v.code = b.code and v.from_date = b.from_date and v.to_date = b.to_date`,
    { dataset },
  );
  if (dataset === 'daily') await connection.execute('insert into meta.coverage from staged_parts');
}

/**
 * Of ranges of daily bars that lost rows, the parts in which every session still has its row: they stay covered. Where a
 * range lost all, nothing stays.
 */
async function keepWholeParts(connection: Connection): Promise<void> {
  await connection.execute(
    `create or replace temp table staged_parts as
    with rows_ as (
      select b.code, b.from_date as range_from, t.date, c.seq - row_number() over (partition by b.code, b.from_date order by t.date) as part
      from staged_broken b
      join main.daily t on t.code = b.code and t.date between b.from_date and b.to_date
      join main.calendar c on c.date = t.date and c.is_open
      where b.thinner)
    select 'daily' as dataset, r.code, min(r.date) as from_date, max(r.date) as to_date, count(*) as "rows",
      any_value(v.checked_at) as checked_at, any_value(v.run) as run
    from rows_ r join meta.coverage v on v.dataset = 'daily' and v.code = r.code and v.from_date = r.range_from
    group by r.code, r.range_from, r.part`,
  );
}

/**
 * After the rows were merged: records what was asked, joined with the ranges that it touches. Ranges touch when no session
 * lies between them. Where the source has a row for every session and the last ones asked for did not come, although the
 * code is listed, the range ends with the last that did.
 *
 * A code that was asked once, had nothing stored and nothing covered holds exactly the rows that came; of others they are
 * counted.
 *
 * @param known codes that had rows before, or ranges.
 */
export async function recordCoverage(
  connection: Connection,
  dataset: string,
  asked: readonly AskedRange[],
  known: { readonly met: ReadonlySet<string>; readonly covered: ReadonlySet<string> },
  { run, now }: { readonly run: number; readonly now: number },
): Promise<void> {
  const { base } = marketTable(dataset);
  await connection.execute(
    `create or replace temp table staged_ranges as
    with asked as (
      select a.code, a.from_date,
        case when a.every_session and a.last < a.to_date and i.code is null
            and (not exists (from main.calendar c where c.date = a.to_date)
              or exists (from main.calendar c where c.is_open and c.date > a.last and c.date <= a.to_date))
          then a.last else a.to_date end as to_date,
        $now as checked_at, $run as run
      from staged_asked a left join main.instruments i on i.code = a.code and i.delist_date <= a.to_date),
    ranges as (
      from asked
      union all
      select code, from_date, to_date, checked_at, run from meta.coverage
      where dataset = $dataset and code in (select code from staged_asked)),
    reaching as (
      select r.*, greatest(r.to_date + 1, coalesce(c.next_date, r.to_date + 1)) as reach
      from ranges r left join main.calendar c on c.date = r.to_date),
    marked as (
      select *, case when from_date <= max(reach) over (partition by code order by from_date, to_date
        rows between unbounded preceding and 1 preceding) then 0 else 1 end as starts
      from reaching),
    islands as (
      select *, sum(starts) over (partition by code order by from_date, to_date rows unbounded preceding) as island
      from marked)
    select code, min(from_date) as from_date, max(to_date) as to_date, max(checked_at) as checked_at, max(run) as run
    from islands group by code, island`,
    { dataset, run, now: instantValue(now) },
  );
  if (known.covered.size > 0) {
    await connection.execute(
      'delete from meta.coverage where dataset = $dataset and code in (select code from staged_asked)',
      { dataset },
    );
  }
  const counted = rowsThatCame(asked, known);
  const came = '(select unnest($codes::varchar[]) as code, unnest($rows::bigint[]) as "rows")';
  const values = { codes: [...counted.keys()], rows: [...counted.values()] };
  if (counted.size > 0) {
    await connection.execute(
      `insert into meta.coverage (dataset, code, from_date, to_date, "rows", checked_at, run)
      select $dataset, r.code, r.from_date, r.to_date, n."rows", r.checked_at, r.run
      from staged_ranges r join ${came} n on n.code = r.code`,
      { dataset, ...values },
    );
  }
  if (asked.every(({ code }) => counted.has(code))) return;
  await connection.execute(
    `insert into meta.coverage (dataset, code, from_date, to_date, "rows", checked_at, run)
    select $dataset, r.code, r.from_date, r.to_date, count(t.date), r.checked_at, r.run
    from (from staged_ranges anti join ${came} using (code)) r
    left join ${base} t on t.code = r.code and t.date between r.from_date and r.to_date
    group by r.code, r.from_date, r.to_date, r.checked_at, r.run`,
    { dataset, ...values },
  );
}

function rowsThatCame(
  asked: readonly AskedRange[],
  { met, covered }: { readonly met: ReadonlySet<string>; readonly covered: ReadonlySet<string> },
): ReadonlyMap<string, number> {
  const counted = new Map<string, number>();
  const uncertain = new Set<string>();
  for (const { code, rows } of asked) {
    if (rows === null || counted.has(code) || met.has(code) || covered.has(code)) uncertain.add(code);
    else counted.set(code, rows);
  }
  for (const code of uncertain) counted.delete(code);
  return counted;
}
