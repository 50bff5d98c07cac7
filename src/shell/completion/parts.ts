/** What completion asks of a session. */
import { Problem } from '../../market/problem.ts';
import type { Session } from '../session.ts';
import type { CompleterParts } from './completer.ts';

export function completerParts(session: Session, entries: () => readonly string[]): CompleterParts {
  /** A file that was let go is not opened for a list. */
  const query = async (sql: string, values?: string[]): Promise<readonly (readonly unknown[])[]> => {
    const { pool } = session.engine.opened ?? (await session.engine.database());
    if (pool.status().state === 'suspended') throw new Problem('failed', 'no file is open.');
    return (await pool.query(sql, values, { tag: 'completion' })).rows;
  };
  return {
    registry: session.registry,
    read: query,
    readOwn: async sql => {
      if (!session.engine.opened) await session.engine.database();
      return session.peek(sql);
    },
    grammar: async text => {
      const rows = await query(
        "select lower(trim(suggestion)) from sql_auto_complete($1) where suggestion_type = 'keyword' and trim(suggestion) ~ '^[a-zA-Z_]+$'",
        [text],
      );
      return rows.map(([word]) => String(word));
    },
    entries,
    jobs: () => session.jobs.running.flatMap(({ number, what }) => (number === null ? [] : [{ number, what }])),
  };
}
