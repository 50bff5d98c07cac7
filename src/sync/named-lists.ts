/**
 * Lists of codes under a name: `@mine` wherever codes go. A list holds the codes that were given, or a query that finds them anew
 * whenever the list is used by a command; in SQL, `universe('mine')` gives those found last.
 */
import { type Code, isCode } from '../market/code.ts';
import { Problem } from '../market/problem.ts';
import type { Connection } from '../store/connection.ts';
import { type Database, refuseReadOnly } from '../store/database.ts';
import { instantValue, readCount, readInstant, readText } from '../store/values.ts';

export interface NamedList {
  readonly name: string;
  /** Null: the codes were given. */
  readonly sql: string | null;
  readonly codes: number;
  /** Clock times in ms. */
  readonly savedAt: number;
  readonly evaluatedAt: number;
}

/** Universes of the program itself, which no list may be called. */
const taken = new Set(['all', 'stocks', 'index', 'etf', 'hs300', 'sz50', 'zz500']);
const form = /^[\p{L}_][\p{L}\p{N}_-]{0,63}$/u;

/** The name as it is kept. @throws Problem `usage` for what cannot be one. */
export function listName(typed: string): string {
  const name = typed.replace(/^@/, '').toLowerCase();
  if (!form.test(name)) {
    throw new Problem('usage', `“${typed}” cannot be the name of a list: letters, digits, _ and - can.`, {
      next: 'universe save mine 600519 000001',
    });
  }
  if (taken.has(name))
    throw new Problem('usage', `${name} is a universe already.`, { next: `sync --universe ${name}` });
  return name;
}

export async function readLists(database: Database): Promise<readonly NamedList[]> {
  const { rows } = await database.pool.query(
    `select u.name, u.sql, count(c.code), u.saved_at, u.evaluated_at from meta.universes u
    left join meta.universe_codes c on c.name = u.name group by all order by u.name`,
    undefined,
    { tag: 'universe' },
  );
  return rows.map(([name, sql, codes, savedAt, evaluatedAt]) => ({
    name: readText(name) ?? '',
    sql: readText(sql),
    codes: readCount(codes),
    savedAt: readInstant(savedAt) ?? 0,
    evaluatedAt: readInstant(evaluatedAt) ?? 0,
  }));
}

/** Saves a list in the place of an older one of that name. @param what its codes, or a query that finds them */
export async function saveList(
  database: Database,
  name: string,
  what: { readonly codes: readonly Code[] } | { readonly sql: string },
): Promise<readonly Code[]> {
  refuseReadOnly(database, 'saved in it');
  const sql = 'sql' in what ? what.sql : null;
  const codes = 'sql' in what ? await codesFound(database, what.sql) : what.codes;
  if (codes.length === 0)
    throw new Problem('usage', 'the list would be empty.', { next: 'name codes, or another query' });
  await database.pool.write(
    async connection => {
      const now = instantValue(database.clock.now());
      await connection.execute('delete from meta.universes where name = $name', { name });
      await connection.execute('insert into meta.universes values ($name, $sql, $now, $now)', { name, sql, now });
      await keepCodes(connection, name, codes);
    },
    { tag: 'universe' },
  );
  return codes;
}

/** @returns whether there was one. */
export async function removeList(database: Database, name: string): Promise<boolean> {
  refuseReadOnly(database, 'removed from it');
  return database.pool.write(
    async connection => {
      await connection.execute('delete from meta.universe_codes where name = $name', { name });
      return (await connection.execute('delete from meta.universes where name = $name', { name })) > 0;
    },
    { tag: 'universe' },
  );
}

/**
 * The codes of a list, in its order; of a query as it finds them now, which is kept where the file can be written.
 * @throws Problem `usage` where there is no such list
 */
export async function codesOfList(database: Database, typed: string): Promise<readonly Code[]> {
  const name = typed.replace(/^@/, '').toLowerCase();
  const lists = await readLists(database);
  const list = lists.find(one => one.name === name);
  if (!list) {
    const known = lists.map(one => `@${one.name}`).join(' ');
    throw new Problem('usage', `there is no list @${name}.`, {
      next: known === '' ? `universe save ${name} 600519 000001` : `lists: ${known}`,
    });
  }
  const { rows } = await database.pool.query(
    'select code from meta.universe_codes where name = $name order by place',
    { name },
    { tag: 'universe' },
  );
  const kept = rows.map(([code]) => readText(code) as Code);
  if (list.sql === null) return kept;
  const found = await codesFound(database, list.sql);
  if (!database.readOnly && found.join() !== kept.join()) {
    await database.pool.write(
      async connection => {
        await connection.execute('update meta.universes set evaluated_at = $now where name = $name', {
          name,
          now: instantValue(database.clock.now()),
        });
        await keepCodes(connection, name, found);
      },
      { tag: 'universe' },
    );
  }
  if (found.length > 0) return found;
  throw new Problem('failed', `the query of @${name} finds no codes now.`, { next: `universe ${name}  shows it` });
}

/** Typed codes and names with every `@list` replaced by its codes. */
export async function withLists(inputs: readonly string[], database: Database): Promise<readonly string[]> {
  if (!inputs.some(isList)) return inputs;
  const codes = await Promise.all(inputs.map(input => (isList(input) ? codesOfList(database, input.trim()) : [input])));
  return codes.flat();
}

export function isList(input: string): boolean {
  return /^\s*[@＠]/.test(input);
}

async function keepCodes(connection: Connection, name: string, codes: readonly Code[]): Promise<void> {
  await connection.execute('delete from meta.universe_codes where name = $name', { name });
  await connection.execute(
    `insert into meta.universe_codes
    select $name, code, row_number() over () from (select unnest($codes::varchar[]) as code)`,
    { name, codes },
  );
}

/** What a query finds: its column `code`, else its first one. @throws Problem for an answer that is no list of codes */
async function codesFound(database: Database, sql: string): Promise<readonly Code[]> {
  const { names, rows } = await database.pool.query(`select * from (${sql.replace(/;\s*$/, '')}\n)`, undefined, {
    tag: 'universe',
    lane: 'read',
  });
  const column = Math.max(
    0,
    names.findIndex(name => name.toLowerCase() === 'code'),
  );
  const codes = new Set<Code>();
  for (const row of rows) {
    const value = row[column];
    if (typeof value !== 'string' || !isCode(value)) {
      throw new Problem('usage', `the query gives ${value === null ? 'NULL' : String(value)}, which is no code.`, {
        next: 'codes are stored as sh.600519; select code from …',
      });
    }
    codes.add(value);
  }
  return [...codes];
}
