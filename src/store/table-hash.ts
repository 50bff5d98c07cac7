/** The content of a table as one text: the same for the same rows in any order, another one for any other content. */
import { Problem } from '../market/problem.ts';
import type { Database } from './database.ts';

/** @param table `daily`, `meta.coverage` … */
export async function tableHash(database: Database, table: string): Promise<string> {
  if (!/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i.test(table)) {
    throw new Problem('usage', `'${table}' is not the name of a table`);
  }
  const name = table
    .split('.')
    .map(part => `"${part}"`)
    .join('.');
  const { rows } = await database.pool.query(
    `select count(*), coalesce(sum(hash(t)::hugeint), 0), coalesce(bit_xor(hash(t)), 0) from ${name} t`,
    [],
    { tag: 'hash' },
  );
  return (rows[0] ?? []).map(String).join('-');
}
