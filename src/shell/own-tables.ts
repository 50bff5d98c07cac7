/**
 * The program's own tables, views and macros among what a statement may name. Writing rows to them is the user's right, in
 * the write lane; changing their shape is refused with the command that does what was probably wanted. A name means what
 * it means to the engine: in its place (`USE`), and behind a temporary table of the same name. User tables are the user's.
 */
import { Problem } from '../market/problem.ts';
import { metaTables } from '../store/meta-tables.ts';
import { marketTables } from '../store/tables.ts';
import { macros, views } from '../store/views.ts';
import type { WriteTarget } from './write-target.ts';

/** What unqualified names mean on a connection. All lower case. */
export interface NameScope {
  /** The database of the program's file. */
  readonly own: string;
  /** Database and schema in use. */
  readonly database: string;
  readonly schema: string;
  /** Temporary tables and views, which come before all others. */
  readonly temporary: ReadonlySet<string>;
}

const tables = new Set([
  ...marketTables.flatMap(({ name, base }) => [`main.${name}`, base]),
  ...views.map(({ name }) => `main.${name}`),
  ...metaTables.map(({ name }) => `meta.${name}`),
  'meta.pool',
]);
const macroNames = new Set(macros.map(({ name }) => `main.${name}`));
const schemas = new Set([...tables].map(name => name.split('.')[0] ?? ''));
const names = new Set([...tables, ...macroNames].map(name => name.split('.')[1] ?? ''));

/** Whether it could be one of ours, by its last word alone: what the engine need not be asked about is told at once. */
export function mayBeOwn({ kind, name }: WriteTarget): boolean {
  if (kind === 'database') return true;
  const last = name.at(-1) ?? '';
  return kind === 'schema' ? schemas.has(last) : names.has(last);
}

/** The name as we call it (`daily`, `meta.runs`, `the database`), or null for what is the user's. */
export function ownName(target: WriteTarget, scope: NameScope): string | null {
  const { kind, name } = target;
  if (kind === 'database') return name.length === 0 || name[0] === scope.own ? 'the database' : null;
  const last = name.at(-1) ?? '';
  if (kind === 'schema') {
    const database = name.length > 1 ? name[0] : scope.database;
    return database === scope.own && schemas.has(last) ? `the schema ${last}` : null;
  }
  if (target.temporary) return null;
  if (name.length === 1 && target.verb !== 'create' && scope.temporary.has(last)) return null;
  const { database, schema } = placeOf(name, scope);
  const full = `${schema}.${last}`;
  if (database !== scope.own || !(kind === 'macro' ? macroNames : tables).has(full)) return null;
  return schema === 'main' ? last : full;
}

/** `a.b` is the database a where there is one of ours by that name, else the schema a. */
function placeOf(name: readonly string[], scope: NameScope): { readonly database: string; readonly schema: string } {
  const [first = '', second = ''] = name;
  if (name.length >= 3) return { database: first, schema: second };
  if (name.length === 1) return { database: scope.database, schema: scope.schema };
  return first === scope.own ? { database: first, schema: 'main' } : { database: scope.database, schema: first };
}

/** The refusal of a statement that would change the shape of something of ours. */
export function shapeProblem(table: string, { verb, kind }: WriteTarget): Problem {
  const sentence = `${table} belongs to duckline; its shape is not changed by hand.`;
  if (kind === 'database') {
    return new Problem('refused', 'the database of this shell is not detached.', { next: 'release  closes the file' });
  }
  if (kind !== 'table') return new Problem('refused', sentence, { next: 'choose another name for yours' });
  const next =
    (verb === 'truncate' || verb === 'drop') && !views.some(({ name }) => name === table)
      ? `delete from ${table} where …;  removes rows, and fetch asks for them again`
      : `create table mine as from ${table};  makes a copy to change`;
  return new Problem('refused', sentence, { next });
}
