/**
 * Lists that the provider gives for a day (index members, industries, ST stocks), kept as ranges. A list is in force from its
 * own day until the day before the next one that is known; the last known list, until the last day for which the provider
 * gave it. So every day between the first and the last has an answer, and a list that comes later or earlier than others
 * only cuts out its own time.
 *
 * In a batch `valid_from` is the day of the list and `valid_to` the day for which it was given.
 */
import type { IsoDate } from '../market/date.ts';
import type { EndedTask } from './batch.ts';
import type { Connection } from './connection.ts';
import type { Group } from './intake.ts';
import { type Origins, stageGroup } from './merge.ts';
import type { MarketTable } from './tables.ts';
import { dateValue, readCount, readDate, readText } from './values.ts';

interface List {
  /** The set that it is of, `{index_name: 'hs300'}`; with a code where only that was asked for. */
  readonly scope: Readonly<Record<string, string>>;
  /** Its own day; the newest one where its rows have several. */
  readonly day: IsoDate;
  /** The day for which it was given. */
  readonly given: IsoDate;
}

/** Stores the lists of a group. Resolves to the ranges that are new or changed, by task. */
export async function storeSnapshots(
  connection: Connection,
  group: Group,
  ended: readonly EndedTask[],
  origins: Origins,
): Promise<ReadonlyMap<number, number>> {
  await stageGroup(connection, group);
  const changedOf = new Map<number, number>();
  for (const task of new Set(group.keys.map(key => key.task))) {
    const params = ended.find(one => one.task.id === task)?.task;
    const one = params?.kind === 'dataset' ? params.params.code : undefined;
    for (const list of await listsOf(connection, group.table, task, one)) {
      const changed = await storeList(connection, group, task, list, origins);
      changedOf.set(task, (changedOf.get(task) ?? 0) + changed);
    }
  }
  if (group.table.name === 'industries' && changedOf.size > 0) await nameIndustries(connection);
  return changedOf;
}

/** Key columns other than the code: they tell the lists of one table apart. */
function setColumns({ key }: MarketTable): string[] {
  return key.filter(name => name !== 'code');
}

async function listsOf(connection: Connection, table: MarketTable, task: number, code?: string): Promise<List[]> {
  const sets = setColumns(table);
  const { rows } = await connection.query(
    `select ${sets.map(name => `s."${name}", `).join('')}max(s.valid_from), max(coalesce(s.valid_to, s.valid_from))
    from staged_rows s join staged_keys k on k.k = s.k
    where k.task = $task and s.valid_from is not null group by all`,
    { task },
  );
  return rows.map(row => ({
    scope: {
      ...Object.fromEntries(sets.map((name, index) => [name, readText(row[index]) ?? ''])),
      ...(code === undefined ? {} : { code }),
    },
    day: readDate(row[sets.length]) as IsoDate,
    given: readDate(row[sets.length + 1]) as IsoDate,
  }));
}

async function storeList(
  connection: Connection,
  { table, columns }: Group,
  task: number,
  list: List,
  { source }: Origins,
): Promise<number> {
  const { name: dataset, base } = table;
  const scope = JSON.stringify(list.scope);
  const inScope =
    Object.keys(list.scope)
      .map(name => `t."${name}" = $${name}`)
      .join(' and ') || 'true';
  const { force, before } = await timeInForce(connection, dataset, list);
  const values = [
    'code',
    ...columns.map(({ name }) => name).filter(name => name !== 'valid_from' && name !== 'valid_to'),
  ];
  const all = values.map(name => `"${name}"`).join(', ');
  const came = values.map(name => (name === 'code' ? 'k.code' : `s."${name}"`)).join(', ');
  await connection.execute(
    `create or replace temp table staged_ranges as
    with stored as (
      select ${values.map(name => `t."${name}"`).join(', ')}, t.valid_from,
        -- The list before this one was in force until this one came.
        case when t.valid_to = $before then greatest(t.valid_to, $from::date - 1) else t.valid_to end as valid_to
      from ${base} t where ${inScope}),
    pieces as (
      select ${all}, valid_from, least(valid_to, $from::date - 1) as valid_to from stored where valid_from < $from::date
      union all
      select ${all}, greatest(valid_from, $to::date + 1) as valid_from, valid_to from stored where valid_to > $to::date
      union all
      select distinct ${came}, $from::date, $to::date from staged_rows s join staged_keys k on k.k = s.k
      where k.task = $task${Object.keys(list.scope)
        .map(name => (name === 'code' ? ' and k.code = $code' : ` and s."${name}" = $${name}`))
        .join('')}),
    marked as (
      select *, case when valid_from <= max(valid_to + 1) over (partition by ${all} order by valid_from, valid_to
        rows between unbounded preceding and 1 preceding) then 0 else 1 end as starts
      from pieces),
    islands as (
      select *, sum(starts) over (partition by ${all} order by valid_from, valid_to rows unbounded preceding) as island
      from marked)
    select ${all}, min(valid_from) as valid_from, max(valid_to) as valid_to from islands group by ${all}, island`,
    {
      ...list.scope,
      task,
      from: dateValue(force.from),
      to: dateValue(force.to),
      before: before === null ? null : dateValue(before),
    },
  );
  const changed = await replaceScope(connection, base, all, inScope, list.scope, source);
  await connection.execute('delete from meta.lists where dataset = $dataset and scope = $scope and from_date = $day', {
    dataset,
    scope,
    day: dateValue(list.day),
  });
  await connection.execute(
    'insert into meta.lists (dataset, scope, from_date, to_date) values ($dataset, $scope, $day, $to)',
    {
      dataset,
      scope,
      day: dateValue(list.day),
      to: dateValue(force.given),
    },
  );
  return changed;
}

/** From when to when a list is in force, and the last day of the list before it where no later one is known. */
async function timeInForce(
  connection: Connection,
  dataset: string,
  { scope, day, given }: List,
): Promise<{ readonly force: { from: IsoDate; to: IsoDate; given: IsoDate }; readonly before: IsoDate | null }> {
  const { code: _code, ...whole } = scope;
  const { rows } = await connection.query(
    `select
      (select min(from_date) - 1 from meta.lists where dataset = $dataset and scope in ($scope, $whole) and from_date > $day),
      (select max(to_date) from meta.lists where dataset = $dataset and scope = $scope and from_date = $day),
      (select arg_max(to_date, from_date) from meta.lists
        where dataset = $dataset and scope in ($scope, $whole) and from_date < $day)`,
    { dataset, scope: JSON.stringify(scope), whole: JSON.stringify(whole), day: dateValue(day) },
  );
  const [next, known, before] = (rows[0] ?? []).map(readDate);
  const last = known && known > given ? known : given;
  return { force: { from: day, to: next ?? last, given: last }, before: next ? null : (before ?? null) };
}

/** Puts `staged_ranges` in the place of the scope's rows, where they differ; resolves to the rows that were not there so. */
async function replaceScope(
  connection: Connection,
  base: string,
  columns: string,
  inScope: string,
  scope: Readonly<Record<string, string>>,
  source: string,
): Promise<number> {
  const stored = `select ${columns}, valid_from, valid_to from ${base} t where ${inScope}`;
  const { rows } = await connection.query(
    `select (select count(*) from (from staged_ranges except all (${stored}))),
      (select count(*) from ((${stored}) except all from staged_ranges))`,
    scope,
  );
  const [fresh, gone] = (rows[0] ?? []).map(readCount);
  if (fresh === 0 && gone === 0) return 0;
  await connection.execute(`delete from ${base} t where ${inScope}`, scope);
  await connection.execute(
    `insert into ${base} (${columns}, valid_from, valid_to, source) select ${columns}, valid_from, valid_to, $source from staged_ranges`,
    { source },
  );
  return fresh ?? 0;
}

/** The catalogue names each code's newest industry. */
async function nameIndustries(connection: Connection): Promise<void> {
  await connection.execute(
    `update main.instruments t set industry = n.industry
    from (select code, arg_max(industry, valid_to) as industry from main.industries group by code) n
    where n.code = t.code and n.industry is distinct from t.industry`,
  );
}
