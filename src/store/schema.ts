/**
 * The schema of a database file: made whole in one transaction or not at all, with a version. A file of a newer version is
 * refused, one of an older version is brought up, and a file that already is current is not touched.
 */
import { Problem } from '../market/problem.ts';
import type { Connection } from './connection.ts';
import { metaTables } from './meta-tables.ts';
import { poolColumns, poolView } from './pool-figures.ts';
import { marketTables, sqlType } from './tables.ts';
import { instantValue } from './values.ts';
import { macros, views } from './views.ts';

export { marketTables } from './tables.ts';

export const schemaVersion = 1;

/** Statements that bring a file from version n to n + 1, at index n − 1. */
const migrations: readonly (readonly string[])[] = [];

/** Version of the tables in the file; null where there are none. */
export async function storedVersion(connection: Connection): Promise<number | null> {
  const known = await connection.query(
    `select 1 from duckdb_tables() where database_name = current_database() and schema_name = 'meta' and table_name = 'file'`,
  );
  if (known.rows.length === 0) return null;
  const { rows } = await connection.query('select schema_version from meta.file');
  const version = rows[0]?.[0];
  return version === undefined || version === null ? null : Number(version);
}

/** Makes or migrates the schema; to be called in a transaction. */
export async function bringUp(connection: Connection, from: number | null, madeBy: string, now: number): Promise<void> {
  if (from === null) {
    await refuseForeignTables(connection);
    // Some hundred statements in one call of the driver: one by one they take twice as long.
    await connection.raw.run([...creation()].join(';\n'));
    await connection.execute(
      'insert into meta.file (origin, schema_version, made_by, made_at) values (null, $version, $madeBy, $now)',
      { version: schemaVersion, madeBy, now: instantValue(now) },
    );
    return;
  }
  for (let version = from; version < schemaVersion; version++) {
    for (const statement of migrations[version - 1] ?? []) await connection.execute(statement);
  }
  await connection.execute('update meta.file set schema_version = $version', { version: schemaVersion });
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

function* creation(): Generator<string> {
  yield 'create schema if not exists meta';
  for (const { base, columns, key, comment, shape } of marketTables) {
    const definitions = columns.map(
      ({ name, kind }) => `"${name}" ${sqlType(kind)}${shape === 'bars' && key.includes(name) ? ' not null' : ''}`,
    );
    yield `create table ${base} (${definitions.join(', ')})`;
    yield `comment on table ${base} is ${quoted(comment)}`;
    for (const column of columns) yield `comment on column ${base}."${column.name}" is ${quoted(column.comment)}`;
  }
  for (const { name, columns, comment } of metaTables) {
    const definitions = columns.map(([column, type]) => `"${column}" ${type}`);
    yield `create table meta.${name} (${definitions.join(', ')})`;
    yield `comment on table meta.${name} is ${quoted(comment)}`;
    for (const [column, , words] of columns) yield `comment on column meta.${name}."${column}" is ${quoted(words)}`;
  }
  for (const { name, sql, comment, columns } of views) {
    yield `create view main.${name} as ${sql}`;
    yield `comment on view main.${name} is ${quoted(comment)}`;
    for (const [column, words] of Object.entries(columns)) {
      yield `comment on column main.${name}."${column}" is ${quoted(words)}`;
    }
  }
  yield `create view ${poolView.name} as ${poolView.sql}`;
  yield `comment on view ${poolView.name} is ${quoted(poolView.comment)}`;
  for (const [column, , words] of poolColumns) {
    yield `comment on column ${poolView.name}."${column}" is ${quoted(words)}`;
  }
  for (const { sql } of macros) yield `create macro main.${sql}`;
}

/** A text of our own as an SQL literal: DDL takes no bound values. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
