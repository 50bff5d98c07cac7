/**
 * The schema of a database file: made whole in one transaction or not at all, with a version and a fingerprint of all its
 * definitions. A file of a newer version is refused; one with other definitions gets what it lacks, and its views and functions
 * anew; a file that already is current is not touched.
 */
import { createHash } from 'node:crypto';
import { knownChanges } from '../market/code-changes.ts';
import { Problem } from '../market/problem.ts';
import type { Connection } from './connection.ts';
import { metaTables } from './meta-tables.ts';
import { poolColumns, poolView } from './pool-figures.ts';
import { marketTables, sqlType } from './tables.ts';
import { instantValue } from './values.ts';
import { macros, views } from './views.ts';

export { marketTables } from './tables.ts';

/** Counted up when older programs could not work with the tables any more; what is only added needs no new version. */
export const schemaVersion = 2;

/** Statements that bring a file from version n to n + 1, at index n − 1, before what is missing is added. */
const migrations: readonly (readonly string[])[] = [
  ['alter table meta.file add column if not exists definitions VARCHAR'],
];

/** What a file says of its tables. */
export interface StoredSchema {
  readonly version: number;
  /** Of the program whose definitions the file has; null where it is not known. */
  readonly definitions: string | null;
}

/** Null where the file has no tables of ours. */
export async function storedSchema(connection: Connection): Promise<StoredSchema | null> {
  const known = await connection.query(
    `select 1 from duckdb_tables() where database_name = current_database() and schema_name = 'meta' and table_name = 'file'`,
  );
  if (known.rows.length === 0) return null;
  const { names, rows } = await connection.query('select * from meta.file');
  const cell = (name: string) => rows[0]?.[names.indexOf(name)] ?? null;
  const definitions = cell('definitions');
  return {
    version: Number(cell('schema_version') ?? 0),
    definitions: definitions === null ? null : String(definitions),
  };
}

let known: string | null = null;

/** A fingerprint of everything that this program would make in a new file. */
export function definitionsOf(): string {
  known ??= createHash('sha256')
    .update([...creation()].join('\n'))
    .digest('hex')
    .slice(0, 16);
  return known;
}

/** Whether the file has all that this program defines, as it defines it. */
export function isCurrent(stored: StoredSchema | null): boolean {
  return stored?.version === schemaVersion && stored.definitions === definitionsOf();
}

/** Makes the schema, or brings it up to what this program defines; to be called in a transaction. */
export async function bringUp(
  connection: Connection,
  from: StoredSchema | null,
  madeBy: string,
  now: number,
): Promise<void> {
  if (from === null) {
    await refuseForeignTables(connection);
    // Some hundred statements in one call of the driver: one by one they take twice as long.
    await connection.raw.run([...creation()].join(';\n'));
    await connection.execute(
      `insert into meta.file (origin, schema_version, made_by, made_at, definitions)
      values (null, $version, $madeBy, $now, $definitions)`,
      { version: schemaVersion, madeBy, now: instantValue(now), definitions: definitionsOf() },
    );
    return;
  }
  for (let version = Math.max(1, from.version); version < schemaVersion; version++) {
    for (const statement of migrations[version - 1] ?? []) await connection.execute(statement);
  }
  await addMissing(connection);
  await connection.execute('update meta.file set schema_version = $version, definitions = $definitions', {
    version: schemaVersion,
    definitions: definitionsOf(),
  });
}

/**
 * Adds the tables and columns that the file lacks, and makes views, functions and comments anew. Rows stay as they are. Where a
 * table of the user has the name of a later view of ours, theirs stays.
 */
async function addMissing(connection: Connection): Promise<void> {
  const { rows } = await connection.query(
    `select schema_name || '.' || table_name, column_name from duckdb_columns()
    where database_name = current_database() and not internal`,
  );
  const columns = new Map<string, Set<string>>();
  for (const [table, column] of rows) {
    const names = columns.get(String(table)) ?? new Set();
    columns.set(String(table), names.add(String(column)));
  }
  const views = await connection.query(
    `select schema_name || '.' || view_name from duckdb_views() where database_name = current_database() and not internal`,
  );
  const replaceable = new Set(views.rows.map(([name]) => String(name)));
  const statements: string[] = [];
  for (const table of tables()) {
    const has = columns.get(table.name);
    if (!has) statements.push(createTable(table));
    for (const [column, type] of has ? table.columns : []) {
      // A column can only be added without constraints; what must not be empty has a default.
      const plain = type.replace(/\s+not null/i, '');
      if (!has?.has(column)) statements.push(`alter table ${table.name} add column "${column}" ${plain}`);
    }
    statements.push(...tableComments(table));
  }
  for (const view of allViews()) {
    if (columns.has(view.name) && !replaceable.has(view.name)) continue;
    statements.push(`create or replace view ${view.name} as ${view.sql}`, ...viewComments(view));
  }
  for (const { sql } of macros) statements.push(`create or replace macro main.${sql}`);
  statements.push(...knownAliases());
  await connection.raw.run(statements.join(';\n'));
}

async function refuseForeignTables(connection: Connection): Promise<void> {
  const ours = [...coreNames(), ...views.map(view => view.name)];
  const { rows } = await connection.query(
    `select table_name from information_schema.tables where table_catalog = current_database() and table_schema = 'main'`,
  );
  const taken = rows.map(row => String(row[0])).filter(name => ours.includes(name));
  if (taken.length > 0) {
    throw new Problem('failed', `this file has a table ${taken[0]} of its own, so duckline's cannot be made in it`, {
      next: 'choose another file with --db',
    });
  }
}

function coreNames(): string[] {
  return marketTables.filter(({ base }) => base.startsWith('main.')).map(({ name }) => name);
}

interface TableDefinition {
  /** `main.daily` */
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly (readonly [name: string, type: string, comment: string])[];
}

interface ViewDefinition {
  readonly name: string;
  readonly sql: string;
  readonly comment: string;
  readonly columns: readonly (readonly [name: string, comment: string])[];
}

function tables(): readonly TableDefinition[] {
  return [
    ...marketTables.map(
      ({ base, columns, key, comment, shape }): TableDefinition => ({
        name: base,
        comment,
        columns: columns.map(({ name, kind, comment: words }) => [
          name,
          `${sqlType(kind)}${shape === 'bars' && key.includes(name) ? ' not null' : ''}`,
          words,
        ]),
      }),
    ),
    ...metaTables.map(({ name, columns, comment }): TableDefinition => ({ name: `meta.${name}`, columns, comment })),
  ];
}

function allViews(): readonly ViewDefinition[] {
  return [
    ...views.map(({ name, columns, ...view }) => ({ ...view, name: `main.${name}`, columns: Object.entries(columns) })),
    { ...poolView, columns: poolColumns.map(([name, , words]): [string, string] => [name, words]) },
  ];
}

function createTable({ name, columns }: TableDefinition): string {
  return `create table ${name} (${columns.map(([column, type]) => `"${column}" ${type}`).join(', ')})`;
}

function* tableComments({ name, comment, columns }: TableDefinition): Generator<string> {
  yield `comment on table ${name} is ${quoted(comment)}`;
  for (const [column, , words] of columns) yield `comment on column ${name}."${column}" is ${quoted(words)}`;
}

function* viewComments({ name, comment, columns }: ViewDefinition): Generator<string> {
  yield `comment on view ${name} is ${quoted(comment)}`;
  for (const [column, words] of columns) yield `comment on column ${name}."${column}" is ${quoted(words)}`;
}

function* creation(): Generator<string> {
  yield 'create schema if not exists meta';
  for (const table of tables()) {
    yield createTable(table);
    yield* tableComments(table);
  }
  for (const view of allViews()) {
    yield `create view ${view.name} as ${view.sql}`;
    yield* viewComments(view);
  }
  for (const { sql } of macros) yield `create macro main.${sql}`;
  yield* knownAliases();
}

/** Enters those that the file lacks. */
function* knownAliases(): Generator<string> {
  for (const { old, new: now, since, source } of knownChanges) {
    const row = [old, now, since, source].map(quoted).join(', ');
    yield `insert into meta.aliases select ${row} where not exists (from meta.aliases where old_code = ${quoted(old)})`;
  }
}

/** A text of our own as an SQL literal: DDL takes no bound values. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
