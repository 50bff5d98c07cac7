/** The tables and views of the open file as the engine's own catalogue tells them, market data first. */
import type { TableRow } from '../output/view.ts';
import type { Database } from '../store/database.ts';
import { readCount, readText } from '../store/values.ts';

export async function readTables(database: Database, signal?: AbortSignal): Promise<TableRow[]> {
  const options = { tag: 'tables', ...(signal ? { signal } : {}) };
  const { pool } = database;
  const { rows } = await pool.query(
    `select t.schema_name, t.table_name, t.kind, t.comment, c.column_name, c.data_type, c.comment
     from (select schema_name, table_name, 'table' as kind, comment from duckdb_tables()
             where not internal and database_name = current_database()
           union all
           select schema_name, view_name, 'view', comment from duckdb_views()
             where not internal and database_name = current_database()) t
     join duckdb_columns() c on c.schema_name = t.schema_name and c.table_name = t.table_name
       and c.database_name = current_database()
     order by t.schema_name <> 'main', t.schema_name, t.kind, t.table_name, c.column_index`,
    undefined,
    options,
  );
  const tables = new Map<string, TableRow & { columns: TableRow['columns'][number][] }>();
  for (const [schema, name, kind, comment, column, type, columnComment] of rows) {
    const key = `${readText(schema)}.${readText(name)}`;
    const table = tables.get(key) ?? {
      schema: readText(schema) ?? '',
      name: readText(name) ?? '',
      kind: readText(kind) === 'view' ? ('view' as const) : ('table' as const),
      rows: null,
      comment: readText(comment),
      columns: [],
    };
    table.columns.push({ name: readText(column) ?? '', type: readText(type) ?? '', comment: readText(columnComment) });
    tables.set(key, table);
  }
  const stored = [...tables.values()].filter(({ kind }) => kind === 'table');
  if (stored.length === 0) return [...tables.values()];
  const counts = await pool.query(
    stored.map(({ schema, name }) => `select count(*) from ${quoted(schema)}.${quoted(name)}`).join(' union all '),
    undefined,
    options,
  );
  const rowsOf = new Map(stored.map((table, index) => [table, readCount(counts.rows[index]?.[0])]));
  return [...tables.values()].map(table => ({ ...table, rows: rowsOf.get(table) ?? null }));
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
