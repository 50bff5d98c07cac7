/**
 * Adjustment factors and the spans that the adjusted views join. An answer that holds the whole history of a code replaces
 * what is stored of it: changed and vanished ex-dates leave their old values in `meta.revisions`. Spans are rebuilt in the
 * same transaction, so that no reader ever sees factors of one state with spans of another.
 */
import type { IsoDate } from '../market/date.ts';
import type { EndedTask } from './batch.ts';
import type { Connection } from './connection.ts';
import type { Group } from './intake.ts';
import { mergeGroup, type Origins, stageGroup } from './merge.ts';
import { endedWell } from './task-words.ts';
import { instantValue, readCount, readText } from './values.ts';

/** A span of time of one code whose every ex-date was asked for; null: without end on that side. */
export interface AskedHistory {
  readonly from: IsoDate | null;
  readonly to: IsoDate | null;
}

/** Histories that were asked for and came, rows or none, by code. */
export function askedHistories(ended: readonly EndedTask[]): Map<string, AskedHistory> {
  const histories = new Map<string, AskedHistory>();
  for (const { task, outcome, parts } of ended) {
    if (!endedWell(outcome) || !parts.some(({ table }) => table === 'adj_factors')) continue;
    if (task.kind === 'bars') {
      if (task.factors) histories.set(task.code, { from: null, to: null });
    } else if (task.params.code && !task.params.date) {
      const { code, from = null, to = null } = task.params;
      histories.set(code, { from: from as IsoDate | null, to: to as IsoDate | null });
    }
  }
  return histories;
}

export interface FactorsStored {
  /** Codes whose factors are others now: their spans are to be made anew. */
  readonly codes: readonly string[];
  /** Ex-dates that are new, changed or gone. */
  readonly changed: number;
  readonly changedOf: ReadonlyMap<number, number>;
  readonly revised: number;
}

/** Merges a group of factors; of the codes in `histories` no stored ex-date inside the history stays that is not in it. */
export async function storeFactors(
  connection: Connection,
  group: Group,
  histories: ReadonlyMap<string, AskedHistory>,
  origins: Origins,
): Promise<FactorsStored> {
  await stageGroup(connection, group);
  const came = [...new Set(group.keys.flatMap(({ code }) => (code === null ? [] : [code])))];
  if ((await storedFactors(connection, came)).size === 0) {
    const merged = await mergeGroup(connection, group, origins, { fresh: true });
    return { ...merged, codes: came };
  }
  await connection.execute(
    `create or replace temp table staged_gone as
    select t.rowid as stored_, t.code, t.ex_date, t.hfq_factor, t.status
    from main.adj_factors t
    join (select unnest($codes::varchar[]) as code, unnest($from::date[]) as from_date, unnest($to::date[]) as to_date) h
      on h.code = t.code and t.ex_date between h.from_date and h.to_date
    join (
      select k.code, max(s.ex_date) as newest from staged_rows s join staged_keys k on k.k = s.k group by k.code) w
      on w.code = t.code
    where not exists (
        from staged_rows s join staged_keys k on k.k = s.k where k.code = t.code and s.ex_date = t.ex_date)
      and not (t.status = 'provisional' and t.ex_date > w.newest)`,
    {
      codes: [...histories.keys()] as never,
      from: [...histories.values()].map(({ from }) => from ?? '0001-01-01') as never,
      to: [...histories.values()].map(({ to }) => to ?? '9999-12-31') as never,
    },
  );
  const gone = await connection.execute(
    `insert into meta.revisions (run, dataset, code, "at", old, new, source, seen_at)
    select $run, 'adj_factors', code, ex_date::varchar, to_json(struct_pack(hfq_factor := hfq_factor, status := status)), null,
      $source, $now
    from staged_gone`,
    { run: origins.run, source: origins.source, now: instantValue(origins.now) },
  );
  if (gone > 0)
    await connection.execute('delete from main.adj_factors where rowid in (select stored_ from staged_gone)');
  const merged = await mergeGroup(connection, group, origins);
  const { rows } = await connection.query('select code from staged_delta union select code from staged_gone');
  return {
    codes: rows.map(([code]) => readText(code) as string),
    changed: merged.changed + gone,
    changedOf: merged.changedOf,
    revised: merged.revised + gone,
  };
}

/**
 * The spans of codes with changed factors, and of all others that have none: a code without factors has a span of factor 1
 * over all time, so that the adjusted views hold its bars.
 */
export async function spanCodes(
  connection: Connection,
  changed: readonly string[],
  others: readonly string[],
): Promise<void> {
  await buildSpans(
    connection,
    `select unnest($changed::varchar[]) as code union all
    select c.code from (select unnest($others::varchar[]) as code) c anti join meta.factor_spans s on s.code = c.code`,
    { changed, others },
  );
}

/** Factors as spans, of the codes that `codes` names with a column `code`. */
const spansOf = (codes: string): string => `
    select code, ex_date as from_date, coalesce(lead(ex_date) over w - 1, date '9999-12-31') as to_date, hfq_factor,
      last_value(hfq_factor) over (w rows between unbounded preceding and unbounded following) as last_factor
    from (
      select code, date '1900-01-01' as ex_date, 1.0::double as hfq_factor from ${codes}
      union all
      select code, ex_date, hfq_factor from main.adj_factors where hfq_factor > 0 and code in (select code from ${codes}))
    window w as (partition by code order by ex_date)`;

const spanned = '(select code from main.adj_factors union select code from meta.factor_spans)';

/** Codes whose spans are not those of their factors: after a statement that wrote to either of them. */
export const strayedSpans = `
  select distinct code from (
    (select * from (${spansOf(spanned)}) except select * from meta.factor_spans)
    union all (select * from meta.factor_spans except select * from (${spansOf(spanned)})))`;

/** Makes the spans anew of all codes where a statement changed the factors. */
export async function rebuildSpans(connection: Connection): Promise<void> {
  await buildSpans(connection, strayedSpans);
}

export async function buildSpans(
  connection: Connection,
  codes: string,
  values: Readonly<Record<string, readonly string[]>> = {},
): Promise<void> {
  await connection.execute(
    `create or replace temp table span_codes as select distinct code from (${codes})`,
    values as never,
  );
  await connection.execute('delete from meta.factor_spans where code in (from span_codes)');
  await connection.execute(`insert into meta.factor_spans ${spansOf('span_codes')}`);
}

/** Of these codes, those that have stored factors, with their number: no factors in a whole history is then no answer. */
export async function storedFactors(
  connection: Connection,
  codes: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (codes.length === 0) return new Map();
  const { rows } = await connection.query(
    'select code, count(*) from main.adj_factors where code in (select unnest($codes::varchar[])) group by code',
    { codes: codes as never },
  );
  return new Map(rows.map(([code, count]) => [readText(code) as string, readCount(count)]));
}
