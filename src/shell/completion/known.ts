/** What completion knows of the open file, as plain data, and how it is read from the engine. */
import { marketTables } from '../../store/tables.ts';
import { readText } from '../../store/values.ts';
import { macros, views } from '../../store/views.ts';
import type { Column } from './scope.ts';
import { listed, type Securities } from './securities.ts';

/** Rows of a query on the open file. */
export type Read = (sql: string) => Promise<readonly (readonly unknown[])[]>;

export interface KnownTable {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly says: string;
  readonly columns: readonly Column[];
  /** One of the program's own. */
  readonly ours: boolean;
}

export interface KnownTables {
  readonly tables: readonly KnownTable[];
  /** Of unqualified names. */
  readonly database: string;
  readonly schema: string;
  /** By name, by schema and name, and by all three, in lower case. */
  readonly byName: ReadonlyMap<string, KnownTable>;
}

export interface KnownFunction {
  readonly name: string;
  readonly table: boolean;
  readonly parameters: boolean;
  readonly type: string;
  readonly says: string;
  readonly ours: boolean;
}

export interface KnownRun {
  readonly run: number;
  readonly what: string;
  readonly end: string;
}

const ourOrder = new Map(
  [...marketTables.map(({ name }) => name), ...views.map(({ name }) => name)].map((name, order) => [name, order]),
);
const ourMacros = new Set(macros.map(({ name }) => name));

/** Place of one of our tables in their own order; the user's have none. */
export function orderOf({ ours, name }: KnownTable): number {
  return ours ? (ourOrder.get(name) ?? 500) : 1000;
}

/** Tables and views with their columns, as the connection that reads sees them. */
export async function readKnownTables(read: Read): Promise<KnownTables> {
  const [place] = await read('select current_database(), current_schema()');
  const database = text(place?.[0]);
  const schema = text(place?.[1]);
  // Joined here: the engine takes ten times as long for its own catalogue.
  const columns = new Map<string, Column[]>();
  for (const [in_, schema_, table, name, type, says] of await read(
    'select database_name, schema_name, table_name, column_name, data_type, comment from duckdb_columns() where not internal order by column_index',
  )) {
    const key = keyOf(in_, schema_, table);
    const column = { name: text(name), type: text(type).toLowerCase(), says: text(says).replace(/ \[[^\]]*\]$/, '') };
    const others = columns.get(key);
    if (others) others.push(column);
    else columns.set(key, [column]);
  }
  const rows = await read(`
    select database_name, schema_name, table_name, 'table' as kind, comment from duckdb_tables() where not internal
    union all select database_name, schema_name, view_name, 'view', comment from duckdb_views() where not internal`);
  const tables = rows.map(
    ([in_, schema_, name, kind, comment]): KnownTable => ({
      database: text(in_),
      schema: text(schema_),
      name: text(name),
      kind: text(kind) === 'view' ? 'view' : 'table',
      says: text(comment),
      columns: columns.get(keyOf(in_, schema_, name)) ?? [],
      ours: text(schema_) === 'meta' || (text(schema_) === 'main' && ourOrder.has(text(name))),
    }),
  );
  return knownTables(tables, database, schema);
}

export function knownTables(tables: readonly KnownTable[], database: string, schema: string): KnownTables {
  const byName = new Map<string, KnownTable>();
  const put = (key: string, table: KnownTable): void => {
    byName.set(key.toLowerCase(), table);
  };
  // A temporary table hides one of the file, the schema in use hides the others.
  const rank = (table: KnownTable): number =>
    table.database === 'temp' ? 3 : table.database === database ? (table.schema === schema ? 2 : 1) : 0;
  for (const table of [...tables].sort((a, b) => rank(a) - rank(b))) {
    if (rank(table) > 1) put(table.name, table);
    put(`${table.schema}.${table.name}`, table);
    put(`${table.database}.${table.name}`, table);
    put(`${table.database}.${table.schema}.${table.name}`, table);
  }
  return { tables, database, schema, byName };
}

export async function readKnownFunctions(read: Read): Promise<readonly KnownFunction[]> {
  const rows = await read(`
    select function_name, bool_or(function_type like 'table%'), max(len(parameters)), any_value(return_type), any_value(description)
    from duckdb_functions()
    where regexp_full_match(function_name, '[a-zA-Z][a-zA-Z0-9_]*') and function_type <> 'pragma'
    group by function_name`);
  return rows.map(([name, table, parameters, type, description]) => ({
    name: text(name),
    table: table === true,
    parameters: Number(parameters ?? 0) > 0,
    type: text(type).toLowerCase(),
    says: text(description).split(/\.(?:\s|$)/, 1)[0] ?? '',
    ours: ourMacros.has(text(name)),
  }));
}

/** Words that cannot be names without quotes. */
export async function readReserved(read: Read): Promise<ReadonlySet<string>> {
  const rows = await read(
    "select keyword_name from duckdb_keywords() where keyword_category in ('reserved', 'type_function', 'column_name')",
  );
  return new Set(rows.map(([name]) => text(name)));
}

export async function readSecurities(read: Read): Promise<Securities> {
  const rows = await read(
    'select code, name, pinyin, kind, board, delist_date is not null from main.instruments order by code',
  );
  return listed(
    rows.map(([code, name, pinyin, kind, board, delisted]) => ({
      code: text(code),
      name: text(name),
      pinyin: text(pinyin),
      kind: text(kind),
      board: text(board),
      delisted: delisted === true,
    })),
  );
}

/** Of all that is read of securities: a fraction of the time that they take. */
export async function markOfSecurities(read: Read): Promise<string> {
  const [row] = await read(
    'select count(*), sum(hash(code, name, pinyin, kind, board, delist_date is not null))::varchar from main.instruments',
  );
  return `${text(row?.[0])} ${text(row?.[1])}`;
}

export async function readKnownRuns(read: Read): Promise<readonly KnownRun[]> {
  const rows = await read('select run, what, "end" from meta.runs order by run desc limit 50');
  return rows.map(([run, what, end]) => ({ run: Number(run), what: text(what), end: text(end) }));
}

/** Names that stand for sets of codes (`@name`), where the file keeps such. */
export async function readUniverses(read: Read, tables: KnownTables): Promise<readonly string[]> {
  const table = tables.byName.get('meta.universes');
  if (!table?.columns.some(({ name }) => name === 'name')) return [];
  const rows = await read('select distinct name from meta.universes order by name');
  return rows.map(([name]) => text(name).replace(/^@/, ''));
}

function text(value: unknown): string {
  return readText(value as never) ?? '';
}

function keyOf(database: unknown, schema: unknown, table: unknown): string {
  return `${text(database)}\0${text(schema)}\0${text(table)}`;
}
