/**
 * A group of staged rows into its table, inside the caller's transaction. Rows whose key is not stored are inserted, rows
 * that differ from the stored one replace its values and leave the old ones in `meta.revisions`, equal rows do nothing: the
 * same rows twice never double anything, whatever the bookkeeping says. Where a code has no stored row between the first
 * and the last that came, its rows are inserted plainly. Only columns that came are compared and changed, and a row's
 * source only with its values.
 */
import type { Connection } from './connection.ts';
import { type Group, keyLayout, keyPiece } from './intake.ts';
import { append, makeStage, type Piece, type StageColumn } from './stage.ts';
import { type MarketTable, marketTable } from './tables.ts';
import { instantValue, readCount, readText } from './values.ts';
import { byYear } from './year-slices.ts';

export interface Origins {
  readonly run: number;
  readonly source: string;
  /** Clock time in ms. */
  readonly now: number;
}

export interface Merged {
  /** Rows inserted or changed, by task. */
  readonly changedOf: Map<number, number>;
  readonly changed: number;
  readonly revised: number;
  /** Codes that had rows between the first and last that came. */
  readonly met: ReadonlySet<string>;
}

const stagedRows = 'staged_rows';
const stagedKeys = 'staged_keys';
/** Column of the day of the provider's list that last held a row. */
const listDay = 'list_as_of';

/** Puts the group's rows and keys into the temporary tables that the other functions of this file read. */
export async function stageGroup(connection: Connection, group: Group): Promise<void> {
  if (group.staged) {
    group.staged = false;
    return;
  }
  const layout: readonly StageColumn[] = [{ name: 'k', kind: 'integer' }, ...group.columns];
  await append(connection, await makeStage(connection, stagedRows, layout), layout, piecesOf(group, layout));
  await append(connection, await makeStage(connection, stagedKeys, keyLayout), keyLayout, [keyPiece(group.keys)]);
}

/** Daily bars of several answers go in year by year. */
function piecesOf({ table, pieces }: Group, layout: readonly StageColumn[]): Iterable<Piece> {
  const at = layout.findIndex(({ name }) => name === 'date');
  return table === marketTable('daily') && pieces.length > 1 ? byYear(pieces, ({ columns }) => columns[at]) : pieces;
}

/** Stages a group before its merge begins; it must be the first to be merged. */
export async function stageAhead(connection: Connection, group: Group): Promise<void> {
  await stageGroup(connection, group);
  group.staged = true;
}

/** @param fresh nothing is stored of any code that came: its rows are inserted plainly. */
export async function mergeGroup(
  connection: Connection,
  group: Group,
  origins: Origins,
  { fresh = false }: { readonly fresh?: boolean } = {},
): Promise<Merged> {
  const { table } = group;
  const met = fresh ? new Set<string>() : table.shape === 'bars' ? await codesMet(connection, table) : null;
  const changedOf = new Map<number, number>();
  const add = (task: number, rows: number) => changedOf.set(task, (changedOf.get(task) ?? 0) + rows);

  if (met && met.size < codesOf(group).size) {
    const columns = insertColumns(group);
    const inserted = await connection.execute(
      `insert into ${table.base} (${columns.map(([name]) => `"${name}"`).join(', ')})
      select ${columns.map(([, sql]) => sql).join(', ')} from (${rowsSql(group)}) r
      ${met.size > 0 ? 'where code not in (from staged_met)' : ''}`,
      sourceBinding(table, origins),
    );
    await countPlain(connection, group, met, inserted, add);
  }
  let revised = 0;
  if (met && met.size > 0) await takeBackRepeats(connection, table, origins);
  if (!met || met.size > 0) {
    await makeDelta(connection, group, met !== null);
    const { rows } = await connection.query(
      'select task, count(*), count(stored_) from staged_delta group by task having count(*) > 0',
    );
    for (const [task, changed, replaced] of rows) {
      add(readCount(task), readCount(changed));
      revised += readCount(replaced);
    }
    if (revised > 0) await replaceRows(connection, group, origins);
    await moveListDay(connection, group);
    if (rows.length > 0) {
      const columns = insertColumns(group);
      await connection.execute(
        `insert into ${table.base} (${columns.map(([name]) => `"${name}"`).join(', ')})
        select ${columns.map(([, sql]) => sql).join(', ')} from staged_delta r where stored_ is null`,
        sourceBinding(table, origins),
      );
    }
  }
  const changed = [...changedOf.values()].reduce((sum, rows) => sum + rows, 0);
  return { changedOf, changed, revised, met: met ?? new Set() };
}

function codesOf(group: Group): Set<string | null> {
  return new Set(group.keys.map(({ code }) => code));
}

/** Codes with stored rows between the first and the last that came; where there are any, leaves them in `staged_met`. */
async function codesMet(connection: Connection, table: MarketTable): Promise<Set<string>> {
  const { rows } = await connection.query(
    `select distinct r.code from (
      select code, min(first) as first, max(last) as last from ${stagedKeys} group by code) r
    join ${table.base} t on t.code = r.code and t.date between r.first and r.last`,
  );
  const met = rows.map(([code]) => readText(code) as string);
  if (met.length > 0) {
    await connection.execute('create or replace temp table staged_met as select unnest($met::varchar[]) as code', {
      met,
    });
  }
  return new Set(met);
}

/**
 * Bars have no primary key, and a statement of the user may have stored one twice. Of the codes met, between the first and
 * the last that came, every later row of a key is taken back and left in `meta.revisions`.
 */
async function takeBackRepeats(connection: Connection, table: MarketTable, origins: Origins): Promise<void> {
  const at = table.key.includes('time') ? 't.time' : 't.date';
  const values = table.columns.map(({ name }) => name).filter(name => name !== 'source' && !table.key.includes(name));
  await connection.execute(
    `create or replace temp table staged_repeats as
    select t.rowid as stored_, t.code, ${at}::varchar as at_,
      to_json(struct_pack(${values.map(name => `"${name}" := t."${name}"`).join(', ')})) as old_
    from ${table.base} t
    join (select code, min(first) as first, max(last) as last from ${stagedKeys} group by code) r
      on t.code = r.code and t.date between r.first and r.last
    qualify row_number() over (partition by t.code, ${at} order by t.rowid) > 1`,
  );
  const taken = await connection.execute(
    `insert into meta.revisions (run, dataset, code, "at", old, new, source, seen_at)
    select $run, $dataset, code, at_, old_, null, $source, $now from staged_repeats`,
    { run: origins.run, dataset: table.name, source: origins.source, now: instantValue(origins.now) },
  );
  if (taken > 0)
    await connection.execute(`delete from ${table.base} where rowid in (select stored_ from staged_repeats)`);
}

/** The staged rows with task and code; of rows with the same key the last one. */
function rowsSql(group: Group): string {
  const { table, columns, mayRepeat } = group;
  const own = columns.map(({ name }) => `, s."${name}"`).join('');
  const once = mayRepeat
    ? `qualify row_number() over (partition by ${table.key.map(name => (name === 'code' ? 'k.code' : `s."${name}"`)).join(', ')} order by s.rowid desc) = 1`
    : '';
  return `select k.task, k.code${own} from ${stagedRows} s join ${stagedKeys} k on k.k = s.k ${once}`;
}

/** Columns of an insert with the SQL of their values. */
function insertColumns({ table, columns }: Group): [name: string, sql: string][] {
  return table.columns.flatMap(({ name }): [string, string][] => {
    if (name === 'source') return [[name, '$source']];
    return name === 'code' || columns.some(column => column.name === name) ? [[name, `r."${name}"`]] : [];
  });
}

function sourceBinding(table: MarketTable, { source }: Origins): Record<string, string> {
  return table.columns.some(({ name }) => name === 'source') ? { source } : {};
}

async function countPlain(
  connection: Connection,
  group: Group,
  met: ReadonlySet<string>,
  inserted: number,
  add: (task: number, rows: number) => void,
): Promise<void> {
  const plain = group.keys.filter(({ code }) => !met.has(code as string));
  const came = plain.reduce((sum, { rows }) => sum + rows, 0);
  if (came === inserted) {
    for (const { task, rows } of plain) add(task, rows);
    return;
  }
  const { rows } = await connection.query(
    `select task, count(*) from (${rowsSql(group)}) r ${met.size > 0 ? 'where code not in (from staged_met)' : ''} group by task`,
  );
  for (const [task, count] of rows) add(readCount(task), readCount(count));
}

/** Rows that are new or differ, with the stored row's id and old values, in `staged_delta`. */
async function makeDelta(connection: Connection, group: Group, metOnly: boolean): Promise<void> {
  const { table } = group;
  const values = valuesOf(group);
  // The keys of bars are never NULL, and equality is what the engine pushes down into a scan.
  const equals = table.shape === 'bars' ? '=' : 'is not distinct from';
  const match = table.key.map(name => `t."${name}" ${equals} r."${name}"`);
  const differs = values.filter(name => name !== listDay).map(name => `t."${name}" is distinct from r."${name}"`);
  await connection.execute(
    `create or replace temp table staged_delta as
    select r.*, t.rowid as stored_, ${
      values.length > 0
        ? `case when t.rowid is not null then to_json(struct_pack(${values.map(name => `"${name}" := t."${name}"`).join(', ')})) end`
        : 'null::json'
    } as old_
    from (${rowsSql(group)}) r ${metOnly ? 'semi join staged_met m on m.code = r.code' : ''}
    left join ${table.base} t on ${match.join(' and ')}
    where t.rowid is null ${differs.map(text => `or ${text}`).join(' ')}`,
  );
}

/**
 * A row that stands in a newer list as in the one before says nothing new: the day of its list moves on, and that is neither a
 * revision nor a changed row.
 */
async function moveListDay(connection: Connection, { table, columns }: Group): Promise<void> {
  if (!columns.some(({ name }) => name === listDay)) return;
  const match = table.key.map(name => `t."${name}" = r.${name === 'code' ? 'code' : `"${name}"`}`);
  await connection.execute(
    `update ${table.base} t set ${listDay} = r.${listDay}
    from (select ${table.key.map(name => (name === 'code' ? 'k.code' : `s."${name}"`)).join(', ')}, max(s.${listDay}) as ${listDay}
      from ${stagedRows} s join ${stagedKeys} k on k.k = s.k group by all) r
    where ${match.join(' and ')} and (t.${listDay} is null or r.${listDay} > t.${listDay})`,
  );
}

/** Came, and are no part of the key. */
function valuesOf({ table, columns }: Group): string[] {
  return columns.map(({ name }) => name).filter(name => !table.key.includes(name));
}

async function replaceRows(connection: Connection, group: Group, { run, source, now }: Origins): Promise<void> {
  const { table } = group;
  const values = valuesOf(group);
  const hasSource = table.columns.some(({ name }) => name === 'source');
  const rest = table.key.filter(name => name !== 'code');
  const at =
    rest.length > 0 ? (rest.includes('time') ? 'r.time' : rest.map(name => `r."${name}"`).join(" || ' ' || ")) : null;
  await connection.execute(
    `insert into meta.revisions (run, dataset, code, "at", old, new, source, seen_at)
    select $run, $dataset, ${table.key.includes('code') ? 'r.code' : 'null'}, ${at === null ? 'null' : `(${at})::varchar`}, r.old_,
      to_json(struct_pack(${values.map(name => `"${name}" := r."${name}"`).join(', ')})), $source, $now
    from staged_delta r where r.stored_ is not null`,
    { run, dataset: table.name, source, now: instantValue(now) },
  );
  await connection.execute(
    `update ${table.base} t set ${values.map(name => `"${name}" = r."${name}"`).join(', ')}${hasSource ? ', source = $source' : ''}
    from staged_delta r where t.rowid = r.stored_`,
    hasSource ? { source } : {},
  );
}
