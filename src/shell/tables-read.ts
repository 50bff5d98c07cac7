/**
 * Which tables a statement reads, so that a change of one of them makes its result stale. Names after FROM and JOIN, in the
 * list after a FROM, behind the verbs that take a table, and macros that are called; views and macros are followed to what they
 * read. Wrong only on the side of more.
 */
import type { ConnectionPool } from '../store/connection.ts';
import { marketTables } from '../store/tables.ts';
import { readText } from '../store/values.ts';
import { macros, views } from '../store/views.ts';
import { namesIn, plainName } from './names-read.ts';
import { sqlTokens } from './sql-tokens.ts';

const own = new Map<string, ReadonlySet<string>>();

/** What the program's own views and macros read, by their names. */
function ownDefinitions(): ReadonlyMap<string, ReadonlySet<string>> {
  if (own.size > 0) return own;
  for (const { name, sql } of [...views, ...macros]) own.set(name, namesIn(sqlTokens(sql)));
  return own;
}

const stored = new Set(marketTables.flatMap(({ name, base }) => [name, plainName(base.split('.'))]));

/** The names with all that they are made of. */
export async function resolveNames(names: Iterable<string>, pool: ConnectionPool): Promise<string[]> {
  const definitions = new Map(ownDefinitions());
  const found = new Set<string>();
  let fresh = [...names];
  while (fresh.length > 0) {
    const unknown = fresh.filter(name => !definitions.has(name) && !stored.has(name) && !name.startsWith('meta.'));
    for (const [name, sql] of await users(unknown, pool)) definitions.set(name, namesIn(sqlTokens(sql)));
    for (const name of fresh) found.add(name);
    fresh = fresh.flatMap(name => [...(definitions.get(name) ?? [])]).filter(name => !found.has(name));
  }
  return [...found];
}

/** The user's own views and macros among the names, with their texts. */
async function users(names: readonly string[], pool: ConnectionPool): Promise<[string, string][]> {
  if (names.length === 0) return [];
  const { rows } = await pool.query(
    `select lower(view_name), sql from duckdb_views() where not internal and list_contains($names, lower(view_name))
     union all
     select lower(function_name), macro_definition from duckdb_functions()
     where not internal and macro_definition is not null and list_contains($names, lower(function_name))`,
    { names },
    { tag: 'tables read' },
  );
  return rows.map(([name, sql]) => [readText(name) ?? '', readText(sql) ?? '']);
}

/** What a run changes, by the names that statements use. */
export function changedBy(table: string, bars: boolean): string[] {
  const base = marketTables.find(({ name }) => name === table)?.base;
  const beside = bars ? ['adj_factors', 'meta.factor_spans', 'instruments', 'calendar'] : [];
  return [
    table,
    ...(base ? [plainName(base.split('.'))] : []),
    ...beside,
    'meta.runs',
    'meta.coverage',
    'meta.failures',
  ];
}

/** Null in a file that nothing was fetched into. */
export async function newestRun(pool: ConnectionPool): Promise<number | null> {
  const { rows } = await pool.query('select max(run) from meta.runs', undefined, { tag: 'tables read' });
  const newest = rows[0]?.[0] ?? null;
  return newest === null ? null : Number(newest);
}
